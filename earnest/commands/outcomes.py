"""`earnest outcomes`: how it went for the people who complained."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    Config,
    Json,
    add_rows,
    console,
    example,
    opened,
    print_json,
    settings_from,
    table,
)

EXAMPLES = example(
    "earnest outcomes                   of the cases of the last 30 days",
    "earnest outcomes --days 7 --json",
)


def outcomes(
    config: Config = DEFAULT_CONFIG,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="Cases opened in so many days until now.")
    ] = 30,
    json: Json = False,
) -> None:
    """Say how it went for the people: answered or not, how soon, solved in their words, told, came back.

    Only sums over people are shown, of all networks and of each. Nobody who answers is counted.
    """
    from earnest.ledger.outcomes import outcomes as count

    with opened(settings_from(config)) as ledger:
        found = count(ledger.database, ledger.clock() - timedelta(days=days))
    if json:
        total, sources = found[""], {name: one for name, one in found.items() if name}
        print_json(
            {"days": days, **asdict(total), "sources": {name: asdict(one) for name, one in sources.items()}}
        )
        return
    names = ("people", "cases", "answered", "first answer", "nine in ten", "solved", "told", "came back")
    shown = table("network", *((name, "right") for name in names))
    cells = [
        [
            name or "all",
            f"{one.people:,}",
            f"{one.cases:,}",
            _of(one.answered, one.cases),
            _minutes(one.first_answer_minutes),
            _minutes(one.nine_in_ten_within_minutes),
            _of(one.solved_in_their_words, one.spoke_after_answer),
            _of(one.told, one.resolved),
            _of(one.came_back, one.resolved),
        ]
        for name, one in found.items()
    ]
    add_rows(shown, cells, keep=len(names) + 1)
    console().print(shown)
    typer.echo(
        "answered: in public. solved: of those who wrote again, whose last words are no complaint. "
        "told, came back: of the resolved."
    )


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"


def _minutes(minutes: float | None) -> str:
    if minutes is None:
        return ""
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
