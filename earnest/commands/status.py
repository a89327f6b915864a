"""`earnest status`: per source and query, when it was last heard, how much, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

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
    from earnest.ledger.views import SourceStatus

EXAMPLES = example("earnest status", "earnest status --json | jq '.sources[] | select(.error)'")


def status(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Say when each source was last heard, what failed, and which rules the fuse stopped.

    Exit 1 while a source fails, is not asked in time, or is quieter than its own past makes likely, and
    while messages to a receiver were given up.
    """
    from earnest.commands.coverage import tell_deaf
    from earnest.commands.replays import tell_stopped
    from earnest.commands.tell import show_standings
    from earnest.coverage import Trouble, coverage
    from earnest.keeping import overdue
    from earnest.telling.passing import standings

    settings = settings_from(config)
    with opened(settings) as ledger:
        rows = ledger.statuses()
        totals = ledger.statistics()
        late = overdue(settings, ledger)
        stopped = ledger.blown_fuses()
        deaf = coverage(settings, ledger).deaf
        receivers = standings(settings.desk.tell, ledger)
    quiet = {Trouble.QUIET, Trouble.OVERDUE}  # what failed, or was never asked, is told of each row
    wrong = any(not row.healthy for row in rows) or any(
        alarm.trouble in quiet for source in deaf for _, alarm in source.told
    )
    wrong = wrong or any(one.dead for one in receivers)
    heard = {row.listener for row in rows}
    silent = [source.name for source in settings.sources if source.name not in heard]
    if json:
        print_json(
            {
                "sources": [{**asdict(row), "healthy": row.healthy} for row in rows],
                "never_asked": silent,
                "totals": totals,
                "overdue": late,
                "quiet": [
                    {"source": source.name, "query": query, **asdict(alarm)}
                    for source in deaf
                    for query, alarm in source.told
                    if alarm.trouble in quiet
                ],
                "stopped_rules": [asdict(fuse) for fuse in stopped],
                "receivers": [asdict(one) for one in receivers],
            }
        )
        raise typer.Exit(FAILED if wrong else OK)
    _show(rows, silent, settings.folder)
    for network, count in late.items():
        typer.echo(f"{network}: {count:,} posts are due to be asked about; earnest recheck does it")
    tell_deaf(deaf, only=quiet)
    tell_stopped(stopped, err=False)
    show_standings(receivers)
    raise typer.Exit(FAILED if wrong else OK)


def _show(rows: Sequence[SourceStatus], silent: Sequence[str], folder: Path) -> None:
    from listeners.listener import utcnow

    now = utcnow()
    numbers = ("posts", "set aside", "gaps", "dollars")
    shown = table(
        "source", ("query", "fold"), "last asked", "last heard", *((n, "right") for n in numbers), "next"
    )
    cells = [
        [
            row.listener,
            short(row.query, 60),
            ago(row.last_asked, now),
            ago(row.last_heard, now),
            str(row.posts),
            str(row.set_aside),
            str(row.gaps),
            f"{row.cost:.2f}" if row.cost else "",
            ago(row.next_poll, now) if row.next_poll else "",
        ]
        for row in rows
    ]
    if cells:
        add_rows(shown, cells, keep=5)
        console().print(shown)
    for name in silent:
        typer.echo(f"{name}: never asked; earnest run -c {folder} asks it")
    for row in rows:
        if row.healthy:
            continue
        query = f" ({row.query})" if row.query else ""
        since = f", first {ago(row.failing_since, now)}" if row.failing_since else ""
        typer.echo(
            f"{typer.style('failing:', fg='red', bold=True)} {row.listener}{query}{since}: {row.error}"
        )
