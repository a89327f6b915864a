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
    from earnest.telling.report import Told

EXAMPLES = example(
    "earnest tell                       what happened to cases, to everybody in desk.yaml who asked",
    "earnest tell --dry-run             what would be told, and to whom",
    "earnest tell --test leads          one notice that says it is a test",
    "earnest tell --log case-system     how the latest tries went",
    "earnest tell --again case-system   once more what this receiver did not take in ten tries",
)


def tell_others(
    config: Config = DEFAULT_CONFIG,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing: show what would be told now.")
    ] = False,
    again: Annotated[
        str, typer.Option("--again", metavar="NAME", help="Try again what was given up for a receiver.")
    ] = "",
    log: Annotated[
        str, typer.Option("--log", metavar="NAME", help="Send nothing: show the latest tries for a receiver.")
    ] = "",
    test: Annotated[
        str, typer.Option("--test", metavar="NAME", help="Send one notice that says it is a test, to NAME.")
    ] = "",
    json: Json = False,
) -> None:
    """Tell systems and people what happened, as desk.yaml asks under `tell`.

    What does not arrive is tried again, ten times within about three days. Exit 1 if a receiver could
    not be told; the others are told all the same.
    """
    from earnest.config_errors import suggest
    from earnest.ledger.outbox import Outbox
    from earnest.telling.passing import waiting

    settings = settings_from(config)
    telling = settings.desk.tell
    for name in (again, log, test):
        if name and name not in telling.names:
            fail(f'there is no receiver "{name}" in desk.yaml', suggest(name, telling.names), code=USAGE)
    if test:
        _try_out(settings, test)
        return
    if not telling.somebody:
        tell(f"nobody is to be told: {settings.folder}/desk.yaml has nothing under `tell`")
    with opened(settings) as ledger:
        if dry_run:
            found = waiting(telling, ledger)
            if json:
                print_json([{"target": name, **asdict(message)} for name, message in found])
            else:
                _show_waiting(found, settings, ledger)
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
    from earnest.telling.passing import tell_everybody

    return tell_everybody(settings, ledger, secrets())


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
    """How the receivers stand: when each was last told, what waits, what fails and what was given up."""
    from listeners.listener import utcnow

    now = utcnow()
    for one in receivers:
        said = [f"last told {ago(one.delivered_at, now)}"]
        if one.waiting:
            said.append(f"{one.waiting:,} messages wait, the oldest written {ago(one.oldest, now)}")
        typer.echo(f"{one.target}: {'; '.join(said)}")
        if one.failing_since is not None and not one.dead:
            typer.echo(
                f"{typer.style('failing:', fg='red', bold=True)} {one.target}, first "
                f"{ago(one.failing_since, now)}: {one.said}; it is tried again by itself, now by earnest tell"
            )
        if one.dead:
            typer.echo(
                f"{typer.style('given up:', fg='red', bold=True)} {one.target}: {one.dead:,} messages "
                f"did not arrive; mend the receiver, then earnest tell --again {one.target}"
            )


def _show_waiting(found: Sequence[tuple[str, Message]], settings: Settings, ledger: Ledger) -> None:
    from earnest.telling.notices import body_of, digest_due, may_say

    now = ledger.clock()
    notices = {notice.name: notice for notice in settings.desk.tell.notices}
    for name, message in found:
        notice = notices.get(name)
        if notice is None:
            what = message.topic.replace("_", " ")
            typer.echo(f"{name}: case {message.case_id} {what}, {ago(message.at, now)}")
            continue
        _, text = body_of([message], notice, settings, ledger)
        waits = message.topic not in may_say(notice, settings, now)
        for line in text.splitlines():
            typer.echo(f"{name}: {line}{' (waits for its hours)' * waits}")
    for notice in notices.values():
        due = digest_due(notice, settings, now)
        if due is not None:
            typer.echo(f"{notice.name}: the digest of {due:%H:%M} UTC, unless it was told already")
    if not found:
        typer.echo("nothing waits to be told")


def _try_out(settings: Settings, name: str) -> None:
    """One test notice; a webhook has its own ways to be tried at its receiver."""
    from earnest.settings import secrets
    from earnest.telling.notices import try_out
    from earnest.telling.webhooks import NotReady

    notice = next((one for one in settings.desk.tell.notices if one.name == name), None)
    if notice is None:
        fail(
            f'"{name}" is a webhook',
            f"tests are for people; earnest tell --log {name} shows its tries",
            code=USAGE,
        )
    try:
        outcome = try_out(settings, notice, secrets())
    except NotReady as missing:
        fail(str(missing))
    if not outcome.arrived:
        fail(f"{name}: {outcome.said}")
    typer.echo(f"{name}: the test was taken")


def _show_log(tries: Sequence[Try], ledger: Ledger, *, json: bool) -> None:
    if json:
        print_json([asdict(one) for one in tries])
        return
    shown = table("when", ("case", "right"), "told of", "arrived", ("said", "fold"))
    now = ledger.clock()
    cells = [
        [ago(one.at, now), str(one.case_id or ""), one.topic.replace("_", " "), _arrived(one), one.said]
        for one in tries
    ]
    add_rows(shown, cells, keep=4)
    console().print(shown)


def _arrived(one: Try) -> str:
    status = "" if one.status is None else f" ({one.status})"
    return f"{'yes' if one.arrived else 'no'}{status}"
