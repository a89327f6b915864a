"""`earnest try`: what would be heard, and what would be made of it. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    USAGE,
    Config,
    Json,
    add_rows,
    console,
    example,
    fail,
    print_json,
    settings_from,
    short,
    table,
    tell,
)

if TYPE_CHECKING:
    from rich.console import Console

    from earnest.preview import Heard, Made
    from nlp.mention import Mention
    from routing.decision import Decision

EXAMPLES = example(
    'earnest try "@LarkspurHelp no internet since Tuesday"   a sentence',
    "earnest try reddit                                      a source of sources.yaml",
    "earnest try https://blog.example/feed.xml               the address of a feed",
    "earnest try saved-feed.xml                              a file: a feed, X JSONL, Reddit JSON, CSV",
)


def try_source(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A source's name, a feed's address, a file, or a sentence."),
    ],
    config: Config = DEFAULT_CONFIG,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=500, help="Posts per query to show.")
    ] = 20,
    allow: Annotated[
        list[str] | None, typer.Option(help="A private network (CIDR) that an address may lie in.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what would be heard and made of it, and store nothing.

    Exit 1 if nobody answers.
    """
    from earnest.importing_pieces import Unreadable
    from earnest.preview import NotUnderstood, analyzer_of, hear, make
    from earnest.settings import secrets

    settings = settings_from(config)
    try:
        heard = hear(source, settings, limit=limit, secrets=secrets(), allow=allow or ())
    except (NotUnderstood, Unreadable) as error:
        fail(str(error), error.mend, code=USAGE)
    made = make(heard, settings, analyzer_of(settings)) if any(one.posts for one in heard) else []
    if json:
        print_json({"heard": [_heard_json(one) for one in heard], "posts": [_made_json(one) for one in made]})
    elif any(not one.error for one in heard):
        _show(console(), heard, made)
    for one in heard:
        if one.error:
            typer.echo(typer.style("error: ", fg="red", bold=True) + one.error, err=True)
    raise typer.Exit(FAILED if heard and all(one.error for one in heard) else 0)


def _show(screen: Console, heard: list[Heard], made: list[Made]) -> None:
    if len(made) == 1 and heard[0].source == "a sentence":
        _show_one(screen, made[0])
        return
    asked = table(
        "heard from", ("asked for", "fold"), ("items", "right"), ("set aside", "right"), ("dollars", "right")
    )
    counts = [
        [
            one.source,
            one.query,
            f"{one.items}+" if one.more else str(one.items),
            str(len(one.set_aside)),
            f"{one.cost:.3f}" if one.cost else "",
        ]
        for one in heard
    ]
    add_rows(asked, counts, keep=3)
    screen.print(asked)
    for why in [why for one in heard for why in one.set_aside][:5]:
        tell(f"set aside: {why}")
    posts = table(
        "by", ("post", "fold"), "brand", ("complaint", "right"), "severity", "about", ("what happens", "fold")
    )
    add_rows(posts, [row for looked in made for row in _rows(looked)], keep=2)
    screen.print(posts)
    named = sum(len(looked.mentions) for looked in made)
    silent = sum(not looked.mentions for looked in made)
    typer.echo(
        f"{len(made)} posts looked at: {named} mentions; {silent} posts name no brand. Nothing was stored."
    )


def _rows(made: Made) -> Iterator[list[str]]:
    """A row per mention, or one that says that the post is passed over."""
    who = made.post.author.handle if made.post.author else ""
    words = short(f"{made.post.title} {made.post.text}", 140)
    if not made.mentions:
        yield [who, words, "", "", "", "", "passed over: names no brand"]
    for mention, decision in made.mentions:
        judged = mention.judgement
        yield [
            who,
            words,
            mention.brand,
            f"{judged.complaint:.2f}" if judged else "unread" if mention.unread else "own voice",
            judged.severity.name.lower().replace("_", " ") if judged and judged.severity else "",
            ", ".join(judged.topics) if judged else "",
            _fate(decision),
        ]


def _show_one(screen: Console, made: Made) -> None:
    """A sentence, with everything that was seen in it."""
    if not made.mentions:
        typer.echo("no brand is named in it; it would be passed over")
        typer.echo("`earnest config show` lists what is listened for. Nothing was stored.")
        return
    for mention, decision in made.mentions:
        typer.echo(typer.style(_fate(decision), bold=True))
        facts = table("seen", ("in words", "fold"))
        add_rows(facts, _facts(made, mention), keep=2)
        screen.print(facts)
        reasons = table("because", ("points", "right"), ("saw", "fold"))
        rows = [[reason.rule, str(reason.weight or ""), reason.saw] for reason in decision.reasons]
        if decision.queue:
            rows.append(["priority", str(decision.priority), "of 1000"])
        add_rows(reasons, rows)
        screen.print(reasons)
    typer.echo("Nothing was stored.")


def _facts(made: Made, mention: Mention) -> list[tuple[str, str]]:
    how = ", ".join(f'{span.how} "{made.post.text[span.start : span.end]}"' for span in mention.spans)
    facts = [("brand", f"{mention.brand}: {how} (confidence {mention.confidence:.2f})")]
    facts.append(("language", mention.language))
    judged = mention.judgement
    if judged is None:
        return [
            *facts,
            ("judgement", "no model reads this language" if mention.unread else "the brand's own voice"),
        ]
    facts.append(
        ("complaint", f"probability {judged.complaint:.2f}: {'yes' if judged.is_complaint else 'no'}")
    )
    facts.append(
        ("severity", f"{judged.severity.name.lower().replace('_', ' ')} ({int(judged.severity)} of 4)")
    )
    facts.append(("urgency", f"{judged.urgency} of 3 {', '.join(judged.stakes)}".strip()))
    facts.append(("about", ", ".join(judged.topics)))
    facts.append(("asks for help", "yes" if judged.asks_help else "no"))
    facts.append(("somebody can act", f"probability {judged.actionable:.2f}"))
    words = sorted(judged.evidence, key=lambda mark: -abs(mark.weight))[:8]
    marked = ", ".join(
        f'"{made.post.text[mark.start : mark.end]}" ({mark.what} {mark.weight:+.1f})' for mark in words
    )
    return [*facts, ("evidence", marked)]


def _fate(decision: Decision) -> str:
    if decision.queue:
        due = f", answer due {decision.due:%Y-%m-%d %H:%M} UTC" if decision.due else ""
        return f"goes to {decision.queue}, priority {decision.priority}{due}"
    return f"dismissed: {decision.reasons[0].saw}"


def _heard_json(heard: Heard) -> dict[str, Any]:
    return {
        "source": heard.source,
        "query": heard.query,
        "items": heard.items,
        "more": heard.more,
        "set_aside": heard.set_aside,
        "cost": heard.cost,
        "error": heard.error,
    }


def _made_json(made: Made) -> dict[str, Any]:
    return {
        "post": asdict(made.post),
        "mentions": [
            {"mention": asdict(mention), "decision": asdict(decision)} for mention, decision in made.mentions
        ],
    }
