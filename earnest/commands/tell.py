"""`earnest tell`: one pass over the outbox, to other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    OK,
    USAGE,
    Config,
    Json,
    add_rows,
    ago,
    console,
    example,
    fail,
    opened,
    print_json,
    settings_from,
    table,
    tell,
)

if TYPE_CHECKING:
    from earnest.ledger import Ledger
    from earnest.ledger.outbox import Message, Standing, Try
    from earnest.settings import Settings
    from earnest.telling.passing import Told

EXAMPLES = example(
    "earnest tell                       what happened to cases, to everybody in desk.yaml who asked",
    "earnest tell --dry-run             what would be told, and to whom",
    "earnest tell --log case-system     how the latest tries went",
    "earnest tell --again case-system   once more what this receiver did not take in ten tries",
)


def tell_others(
    config: Config = DEFAULT_CONFIG,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: show what would be told now.")
    ] = False,
    again: Annotated[
        str, typer.Option("--again", metavar="NAME", help="Try again what was given up for a receiver.")
    ] = "",
    log: Annotated[
        str, typer.Option("--log", metavar="NAME", help="Send nothing: show the latest tries for a receiver.")
    ] = "",
    json: Json = False,
) -> None:
    """Tell other systems what happened to cases, as desk.yaml asks under `tell`.

    What does not arrive is tried again, ten times within about three days. Exit 1 if a receiver could
    not be told; the others are told all the same.
    """
    from earnest.config_errors import suggest
    from earnest.ledger.outbox import Outbox
    from earnest.telling.passing import waiting

    settings = settings_from(config)
    telling = settings.desk.tell
    names = [hook.name for hook in telling.webhooks]
    for name in (again, log):
        if name and name not in names:
            fail(f'there is no receiver "{name}" in desk.yaml', suggest(name, names), code=USAGE)
    if not telling.somebody:
        tell(f"nobody is to be told: {settings.folder}/desk.yaml has nothing under `tell`")
    with opened(settings) as ledger:
        if dry_run:
            found = waiting(telling, ledger)
            if json:
                print_json([{"target": name, **asdict(message)} for name, message in found])
            else:
                _show_waiting(found, ledger)
            return
        if log:
            _show_log(Outbox(ledger.database).log(log), ledger, json=json)
            return
        if again:
            tell(f"{Outbox(ledger.database).revive(again):,} messages are tried again")
        reports = run_telling(settings, ledger)
    if json:
        print_json([asdict(report) for report in reports])
    else:
        for report in reports:
            typer.echo(
                f"{report.target}: {report.told:,} told"
                + (f", {report.failed:,} failed" * bool(report.failed))
            )
    raise typer.Exit(FAILED if tell_untold(reports) else OK)


def run_telling(settings: Settings, ledger: Ledger) -> list[Told]:
    """One pass over the outbox; nothing where desk.yaml names nobody."""
    from earnest.settings import secrets
    from earnest.telling.passing import tell as tell_all

    return tell_all(settings.desk.tell, ledger, secrets())


def tell_untold(reports: Sequence[Told]) -> bool:
    """Say on stderr who could not be told and why; True where there is one."""
    for report in reports:
        if report.problem:
            what = "given up" if report.dead else "not told"
            typer.echo(
                f"{typer.style(f'{what}:', fg='red', bold=True)} {report.target}: {report.problem}", err=True
            )
    return any(report.problem for report in reports)


def show_standings(receivers: Sequence[Standing]) -> None:
    """How the receivers stand: what waits, and what was given up."""
    from listeners.listener import utcnow

    for one in receivers:
        if one.waiting:
            since = ago(one.oldest, utcnow())
            typer.echo(f"{one.target}: {one.waiting:,} messages wait, the oldest written {since}")
        if one.dead:
            typer.echo(
                f"{typer.style('given up:', fg='red', bold=True)} {one.target}: {one.dead:,} messages "
                f"did not arrive; mend the receiver, then earnest tell --again {one.target}"
            )


def _show_waiting(found: Sequence[tuple[str, Message]], ledger: Ledger) -> None:
    for name, message in found:
        what = message.topic.replace("_", " ")
        typer.echo(f"{name}: case {message.case_id} {what}, {ago(message.at, ledger.clock())}")
    if not found:
        typer.echo("nothing waits to be told")


def _show_log(tries: Sequence[Try], ledger: Ledger, *, json: bool) -> None:
    if json:
        print_json([asdict(one) for one in tries])
        return
    shown = table("when", ("case", "right"), "told of", "arrived", ("said", "fold"))
    now = ledger.clock()
    cells = [
        [ago(one.at, now), str(one.case_id), one.topic.replace("_", " "), _arrived(one), one.said]
        for one in tries
    ]
    add_rows(shown, cells, keep=4)
    console().print(shown)


def _arrived(one: Try) -> str:
    status = "" if one.status is None else f" ({one.status})"
    return f"{'yes' if one.arrived else 'no'}{status}"
