"""`earnest coverage`: what was heard and what was not, day by day, and which source has gone deaf."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    OK,
    Config,
    Json,
    add_rows,
    ago,
    console,
    example,
    opened,
    print_json,
    settings_from,
    short,
    table,
)

if TYPE_CHECKING:
    from earnest.coverage import Coverage, Day, SourceCoverage

EXAMPLES = example(
    "earnest coverage                              the last 14 days of every source and query",
    "earnest coverage --days 30 --json             the same for programs, with every gap and its reason",
    "earnest coverage >/dev/null || notify 'deaf'  from a scheduler: shout when a source has gone deaf",
)

SIGNS = {"gap": "G", "failed": "X", "silent": "o", "not asked": "·"}
_BARS = "▁▂▃▄▅▆▇█"
_LEGEND = f"{_BARS[0]}{_BARS[3]}{_BARS[-1]} heard, a little or a lot   " + "   ".join(
    f"{sign} {what}" for what, sign in SIGNS.items()
)


def coverage(
    config: Config = DEFAULT_CONFIG,
    days: Annotated[int, typer.Option("--days", min=1, max=140, help="How many days back.")] = 14,
    json: Json = False,
) -> None:
    """Say what was heard and what was not: days, gaps and their reasons, and what has gone deaf.

    Exit 1 while a source fails, is not asked in time, or is quieter than its own past makes likely.
    """
    from earnest.coverage import as_json
    from earnest.coverage import coverage as covered

    settings = settings_from(config)
    with opened(settings) as ledger:
        seen = covered(settings, ledger, days=days)
    if json:
        print_json(as_json(seen))
    else:
        _show(seen)
    raise typer.Exit(FAILED if seen.deaf else OK)


def _show(seen: Coverage) -> None:
    counts = [(name, "right") for name in ("posts", "gaps", "dollars")]
    shown = table(
        "source",
        ("query", "fold"),
        f"last {len(seen.days)} days",
        *counts,
        "last asked",
        "last heard",
        "next",
    )
    rows = [row for source in seen.sources for row in _rows(source, seen)]
    if rows:
        add_rows(shown, rows, keep=5)
        console().print(shown)
        typer.echo(_LEGEND)
    for source in seen.sources:
        for query in source.queries:
            for hole in query.holes:
                end = f"{hole.end:%-d %b %H:%M}" if hole.end else "now"
                start = f"{hole.start:%-d %b %H:%M}" if hole.start else "the beginning"
                note = f" ({hole.note})" if hole.note else ""
                what = f"{source.name} ({short(query.query, 60)})"
                typer.echo(f"gap: {what}: {start} to {end} UTC, {hole.why}{note}")
    tell_deaf(seen.deaf)


def tell_deaf(sources: Sequence[SourceCoverage], *, only: Collection[str] | None = None) -> None:
    """A line for each alarm, with the query it is about. only: these kinds of trouble."""
    for source in sources:
        for of, alarm in source.told:
            if only is not None and alarm.trouble not in only:
                continue
            where = f" ({short(of, 60)})" if of else ""
            named = typer.style(f"deaf, {alarm.trouble}:", fg="red", bold=True)
            typer.echo(f"{named} {source.name}{where}: {alarm.words}")


def _rows(source: SourceCoverage, seen: Coverage) -> list[list[str]]:
    """The source as a whole where it has several queries, and each query."""
    rows = []
    for query in source.queries:
        status = query.status
        rows.append(
            [
                source.name,
                short(query.query, 60) + ("" if query.asked else " (asked no more)"),
                picture(query.days),
                f"{sum(day.posts for day in query.days):,}",
                str(len(query.holes)),
                f"{cost:.2f}" if (cost := sum(day.cost for day in query.days)) else "",
                ago(status.last_asked if status else None, seen.now),
                ago(status.last_heard if status else None, seen.now),
                ago(status.next_poll, seen.now) if status and status.next_poll else "",
            ]
        )
    if len(rows) > 1:
        posts = f"{sum(day.posts for day in source.days):,}"
        rows.insert(0, [source.name, "all of it", picture(source.days), posts, "", "", "", "", ""])
    return rows


def picture(days: tuple[Day, ...]) -> str:
    """One sign a day: a bar as high as the posts heard, or the letter of what was in the way."""
    most = max((day.posts for day in days), default=0)
    return "".join(
        SIGNS.get(day.state, _BARS[(day.posts * len(_BARS) - 1) // most if most else 0]) for day in days
    )
