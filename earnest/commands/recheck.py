"""`earnest recheck`: ask the networks what is gone, and let go of it here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    OK,
    Config,
    Json,
    console,
    example,
    opened,
    print_json,
    settings_from,
    table,
    tell,
)

EXAMPLES = example(
    "earnest recheck                    once an hour keeps every deadline of sources.yaml",
    "earnest recheck --minutes 5        stop after five minutes; the rest is named as overdue",
)


def recheck(
    config: Config = DEFAULT_CONFIG,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="Stop after so long.")] = 10.0,
    json: Json = False,
) -> None:
    """Gone there, gone here: erase what its network no longer shows, and what may not be kept for long.

    Asks X, Reddit, Mastodon and Bluesky about the posts held, longest ago first.
    Exit 1 where something stays overdue.
    """
    from earnest.keeping import keep_faith
    from earnest.pipeline import feed_index
    from earnest.search.home import open_index
    from earnest.settings import secrets

    settings = settings_from(config)
    with opened(settings) as ledger:
        reports = keep_faith(settings, ledger, secrets=secrets(), seconds=minutes * 60)
        feed_index(ledger, open_index(ledger, settings.data_dir))
    if json:
        print_json([asdict(report) for report in reports])
    elif not reports:
        typer.echo("no source here needs it: only posts of X, Reddit, Mastodon and Bluesky are asked about")
    else:
        names = ("asked", "gone", "expired", "overdue")
        shown = table("source", *((name, "right") for name in names), ("dollars", "right"))
        for report in reports:
            counts = (f"{getattr(report, name):,}" for name in names)
            shown.add_row(report.source, *counts, f"{report.cost:.2f}" if report.cost else "")
        console().print(shown)
        for report in reports:
            if report.error:
                tell(f"error: {report.source}: {report.error}")
    raise typer.Exit(FAILED if any(report.overdue or report.error for report in reports) else OK)
