"""`earnest retry`: what could not be read or understood, and another try at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    Config,
    Json,
    console,
    example,
    opened,
    print_json,
    settings_from,
    table,
)

EXAMPLES = example(
    "earnest retry --list               what was set aside, where, and why",
    "earnest retry                      read it all again, after an update or a fix",
    "earnest retry reddit",
)


def retry(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Only what came from there.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
    only_list: Annotated[bool, typer.Option("--list", help="Show it and try nothing.")] = False,
    json: Json = False,
) -> None:
    """Try again what was set aside. What can be read now is stored; the next pass understands it."""
    from earnest.retrying import retry as try_again

    settings = settings_from(config)
    with opened(settings) as ledger:
        if only_list:
            asides = ledger.set_asides(source, limit=1_000_000)
            if json:
                print_json([asdict(aside) for aside in asides])
                return
            counts = Counter((aside.listener, aside.why) for aside in asides)
            last = {(aside.listener, aside.why): aside.place for aside in asides}
            shown = table("source", ("items", "right"), ("why", "fold"), ("last at", "fold"))
            for (name, why), count in counts.most_common():
                shown.add_row(name, f"{count:,}", why, last[name, why])
            console().print(shown)
            return
        report = try_again(ledger, listener=source)
    if json:
        print_json(asdict(report))
        return
    typer.echo(
        f"{report.read:,} items are read now, {report.understood:,} posts will be understood anew, "
        f"{report.still:,} still cannot be read"
    )
    if report.left:
        typer.echo(f"{report.left:,} are not tried here: they come again by listening or importing")
