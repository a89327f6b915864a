"""`earnest status`: per source and query, when it was last heard, how much, and what failed."""

from __future__ import annotations

from dataclasses import asdict

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    Config,
    Json,
    ago,
    console,
    example,
    opened,
    print_json,
    settings_from,
    table,
)

EXAMPLES = example("earnest status", "earnest status --json | jq '.sources[] | select(.error)'")


def status(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Say when each source was last heard, and what failed.

    Exit 1 while a source fails.
    """
    from listeners.listener import utcnow

    settings = settings_from(config)
    with opened(settings) as ledger:
        rows = ledger.statuses()
        totals = ledger.statistics()
    heard = {row.listener for row in rows}
    silent = [source.name for source in settings.sources if source.name not in heard]
    failing = [row for row in rows if not row.healthy]
    if json:
        print_json(
            {
                "sources": [{**asdict(row), "healthy": row.healthy} for row in rows],
                "never_asked": silent,
                "totals": totals,
            }
        )
        raise typer.Exit(FAILED if failing else 0)
    now = utcnow()
    shown = table(
        "source",
        ("asked for", "fold"),
        "last asked",
        "last heard",
        ("posts", "right"),
        ("set aside", "right"),
        ("gaps", "right"),
        ("dollars", "right"),
        "next",
    )
    for row in rows:
        shown.add_row(
            row.listener,
            row.query,
            ago(row.last_asked, now),
            ago(row.last_heard, now),
            str(row.posts),
            str(row.set_aside),
            str(row.gaps),
            f"{row.cost:.2f}" if row.cost else "",
            ago(row.next_poll, now) if row.next_poll else "",
        )
    screen = console()
    if rows:
        screen.print(shown)
    for name in silent:
        screen.print(f"{name}: never asked; earnest run -c {settings.folder} asks it", markup=False)
    for row in failing:
        since = (
            f", failing for {ago(row.failing_since, now).removesuffix(' ago')}" if row.failing_since else ""
        )
        screen.print(f"[red]{row.listener}[/red] ", end="")
        screen.print(f"({row.query}){since}: {row.error}", markup=False)
    raise typer.Exit(FAILED if failing else 0)
