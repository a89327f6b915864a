"""`earnest run`: one pass over everything configured."""

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
    example,
    opened,
    print_json,
    settings_from,
)

EXAMPLES = example(
    "earnest run                        one pass; run it again whenever you like",
    "earnest run -c my-config --json    for a scheduler",
    "earnest run --force                ask also the sources that are not due yet",
)

Force = Annotated[bool, typer.Option("--force", help="Ask also what is not due yet.")]


def run(config: Config = DEFAULT_CONFIG, force: Force = False, json: Json = False) -> None:
    """Make one pass: listen, understand, route, index, and tell whom desk.yaml names.

    Different hosts are asked at the same time, as many as desk.yaml says under hosts_at_once.
    Running it twice changes nothing twice, and a pass that was cut off goes on where it stopped.
    Exit 1 if a source failed or a receiver could not be told; the others are served all the same.
    """
    from earnest.commands.progress import show_pass, show_polls, shown_progress, tell_failed
    from earnest.commands.replays import tell_stopped
    from earnest.commands.tell import run_telling, tell_untold
    from earnest.pipeline import run_pass
    from earnest.preview import analyzer_of
    from earnest.search.home import open_index

    settings = settings_from(config)
    with opened(settings) as ledger:
        index = open_index(ledger, settings.data_dir)
        analyzer = analyzer_of(settings)
        with shown_progress(quiet=json) as progress:
            report = run_pass(settings, ledger, analyzer, index, progress=progress, force=force)
        totals = ledger.statistics()
        tell_stopped(ledger.blown_fuses())
        told = run_telling(settings, ledger)
    if json:
        print_json({"pass": asdict(report), "totals": totals, "told": [asdict(one) for one in told]})
    else:
        show_polls(report.polls)
        show_pass(report, totals)
    failed = tell_failed(report.polls)
    raise typer.Exit(FAILED if tell_untold(told) or failed else OK)
