"""`earnest listen --dry-run`: the queries, what they would bring, and what a day would cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from earnest.commands.common import console, print_json, table

if TYPE_CHECKING:
    from earnest.settings import Settings


def show_forecast(settings: Settings, *, json: bool) -> None:
    """Ask X's counts endpoint and nothing else; show one row per query and what is allowed."""
    from earnest.settings import secrets
    from listeners.forecast import forecast
    from listeners.sources import XSource

    told = [
        one for source in settings.sources for one in forecast(source, settings.brands, secrets=secrets())
    ]
    paid = [source for source in settings.sources if isinstance(source, XSource)]
    if json:
        print_json([asdict(one) for one in told])
        return
    shown = table(
        "source",
        ("asked for", "fold"),
        ("posts a day", "right"),
        ("busiest", "right"),
        ("dollars a day", "right"),
        ("", "fold"),
    )
    for one in told:
        shown.add_row(
            one.source,
            one.query,
            "" if one.posts_per_day is None else f"{one.posts_per_day:,.0f}",
            "" if one.busiest_day is None else f"{one.busiest_day:,}",
            ""
            if one.dollars_per_day is None
            else f"{one.dollars_per_day:,.2f}"
            if one.dollars_per_day
            else "free",
            one.note,
        )
    console().print(shown)
    for source in paid:
        own = [one for one in told if one.source == source.name]
        allowed = f"${source.day_dollars:,.2f} a day and ${source.month_dollars:,.2f} a month"
        if any(one.dollars_per_day is None for one in own):
            typer.echo(f"{source.name}: not all is counted; allowed are {allowed}")
            continue
        day = sum(one.dollars_per_day or 0.0 for one in own)
        over = ": the rest of each day would be a gap" if day > source.day_dollars else ""
        typer.echo(f"{source.name}: at most ${day:,.2f} a day; allowed are {allowed}{over}")
