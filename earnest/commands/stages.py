"""`earnest listen`, `understand` and `route`: the stages of a pass, one at a time."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    OK,
    USAGE,
    Config,
    Json,
    example,
    fail,
    opened,
    print_json,
    settings_from,
)
from earnest.commands.run import Force

LISTEN = example(
    "earnest listen",
    "earnest listen reddit blogs --force",
    "earnest listen x --dry-run        what would be asked, and what a day of it would cost",
)
UNDERSTAND = example("earnest understand", "earnest understand --shard 0/4     a quarter of the work")
ROUTE = example(
    "earnest route",
    "earnest route --dry-run                    what today's rules would have made of the last week",
    "earnest route --dry-run --since 30d --rules changed.yaml",
    'earnest route --lift "complaint to act on"  go on with a rule that the fuse stopped',
)

Shard = Annotated[
    str, typer.Option("--shard", metavar="I/N", help="Only part I of N, beside other processes (0/4 … 3/4).")
]


def listen(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Names of sources.yaml; none: all.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
    force: Force = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Store nothing: show the queries, count, say what a day would cost."),
    ] = False,
    json: Json = False,
) -> None:
    """Ask the sources for what is new, and store it.

    Different hosts are asked at the same time, as many as desk.yaml says under hosts_at_once.
    Exit 1 if a source failed; the others are heard all the same.
    """
    from earnest.commands.forecasts import show_forecast
    from earnest.commands.progress import show_polls, shown_progress, tell_failed
    from earnest.config_errors import suggest
    from earnest.pipeline import listen as ask

    settings = settings_from(config)
    if sources:
        names = [source.name for source in settings.sources]
        for unknown in (name for name in sources if name not in names):
            fail(f'there is no source "{unknown}" in sources.yaml', suggest(unknown, names), code=USAGE)
        chosen = tuple(source for source in settings.sources if source.name in sources)
        settings = replace(settings, sources=chosen)
    if dry_run:
        show_forecast(settings, json=json)
        return
    with opened(settings) as ledger, shown_progress(quiet=json) as progress:
        polls = ask(settings, ledger, progress=progress, force=force)
    if json:
        print_json([asdict(poll) for poll in polls])
    else:
        show_polls(polls)
    raise typer.Exit(FAILED if tell_failed(polls) else OK)


def understand(config: Config = DEFAULT_CONFIG, shard: Shard = "", json: Json = False) -> None:
    """Find brands and judge complaints in what is not understood yet."""
    from earnest.commands.progress import shown_progress
    from earnest.pipeline import understand as read
    from earnest.preview import analyzer_of

    part = _shard(shard)
    settings = settings_from(config)
    with opened(settings) as ledger:
        analyzer = analyzer_of(settings)
        with shown_progress(quiet=json) as progress:
            posts, mentions = read(ledger, analyzer, shard=part, progress=progress)
    if json:
        print_json({"posts": posts, "mentions": mentions})
    else:
        typer.echo(f"{posts:,} posts understood, {mentions:,} mentions found")


def route(
    config: Config = DEFAULT_CONFIG,
    *,
    shard: Shard = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Write nothing: decide the past again, show which cases would be different."
        ),
    ] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="With --dry-run: how far back, such as 7d or 36h.")
    ] = "",
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", help="With --dry-run: rules to try, for routing.yaml."),
    ] = None,
    lift: Annotated[
        str, typer.Option("--lift", metavar="RULE", help="Go on with a rule that the fuse stopped.")
    ] = "",
    json: Json = False,
) -> None:
    """Decide what goes to whom, and take the mentions into search.

    With --dry-run the decisions of the past are made again by the rules of the configuration (or of
    --rules), and what would be different is shown: a look before rules are changed for good.
    """
    from earnest.commands import replays
    from earnest.commands.progress import shown_progress
    from earnest.pipeline import feed_index
    from earnest.pipeline import route as decide
    from earnest.search.home import open_index

    part = _shard(shard)
    if not dry_run and (since or rules is not None):
        fail(
            "--since and --rules go with --dry-run",
            "add --dry-run; rules are changed in routing.yaml",
            code=USAGE,
        )
    if dry_run and (lift or shard):
        fail("--dry-run goes without --lift and --shard", "leave them out", code=USAGE)
    settings = settings_from(config)
    if dry_run:
        replays.show_dry_run(settings, since=since or "7d", rules_file=rules, json=json)
        return
    reopen = settings.desk.reopen_within
    with opened(settings) as ledger, shown_progress(quiet=json) as progress:
        if lift:
            replays.lift(settings, ledger, lift)
        routed = decide(ledger, settings.rules, reopen=reopen, shard=part, progress=progress)
        indexed = feed_index(ledger, open_index(ledger, settings.data_dir), progress=progress)
        replays.tell_stopped(ledger.blown_fuses())
    if json:
        print_json({**asdict(routed), "indexed": indexed})
    else:
        typer.echo(
            f"{routed.cases_opened:,} cases opened, {routed.cases_extended:,} grew, "
            f"{routed.dismissed:,} mentions dismissed, {indexed:,} taken into search"
        )


def _shard(written: str) -> tuple[int, int] | None:
    """ "1/4" as (1, 4)."""
    if not written:
        return None
    part, _, of = written.partition("/")
    if not (part.isdigit() and of.isdigit() and int(part) < int(of)):
        fail(
            f'--shard "{written}" is not understood',
            "write 0/4, 1/4, 2/4 or 3/4 for four processes",
            code=USAGE,
        )
    return int(part), int(of)
