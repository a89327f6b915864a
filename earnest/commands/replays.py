"""`earnest route --dry-run`: what changed rules would have made of the past; and `--lift`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from earnest.commands.common import USAGE, add_rows, console, fail, opened, print_json, short, table, tell

if TYPE_CHECKING:
    from earnest.ledger import Ledger
    from earnest.ledger.rule_views import FuseView
    from earnest.replay import Difference, Example, Tally
    from earnest.settings import Settings


def show_dry_run(settings: Settings, *, since: str, rules_file: Path | None, json: bool) -> None:
    """Replay what was decided since then through the rules, and say what would be different."""
    from earnest.replay import replay
    from earnest.settings import load_rules
    from listeners.listener import utcnow

    length = _length(since)
    rules = settings.rules if rules_file is None else load_rules(rules_file, settings)
    with opened(settings) as ledger:
        start = utcnow() - length
        with _bar(ledger.past_count(start), quiet=json) as progress:
            difference = replay(ledger.past(start), rules, progress=progress)
    if json:
        print_json({"since": start, "rules": rules.version, **asdict(difference)})
        return
    _show(difference, start)


def lift(settings: Settings, ledger: Ledger, rule: str) -> None:
    """Let through what a stopped rule holds; a usage error where it is not stopped."""
    held = ledger.lift_fuse(rule, who=_who())
    if held is None:
        stopped = [fuse.rule for fuse in ledger.blown_fuses()]
        known = f"stopped now: {', '.join(stopped)}" if stopped else "no rule is stopped now"
        fail(f'rule "{rule}" is not stopped', known, code=USAGE)
    free = settings.rules.fuse_of(rule)
    more = f", and all that comes for it in the next {_span(free.within)}" if free is not None else ""
    what = "1 mention that it held is" if held == 1 else f"{held:,} mentions that it held are"
    tell(f'rule "{rule}" goes on: {what} let through{more}')


def tell_stopped(stopped: Sequence[FuseView], *, err: bool = True) -> None:
    """Say (on stderr, or as a result) which rules are stopped, what waits, and what to do."""
    for fuse in stopped:
        mark = typer.style("stopped: ", fg="red", bold=True)
        what = "1 mention waits" if fuse.held == 1 else f"{fuse.held:,} mentions wait"
        typer.echo(
            f'{mark}rule "{fuse.rule}" would open more than {fuse.cases:,} cases '
            f"within {_span(fuse.within)}; {what} since {fuse.blown_at:%Y-%m-%d %H:%M} UTC. "
            f'Mend the rule (earnest route --dry-run shows how), or: earnest route --lift "{fuse.rule}"',
            err=err,
        )


def _who() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return "the command line"


def _length(since: str) -> timedelta:
    from pydantic import TypeAdapter, ValidationError

    from routing.hours import Duration

    try:
        return TypeAdapter(Duration).validate_python(since)
    except ValidationError:
        fail(f'--since "{since}" is no length of time', 'write "7d", "36h" or "90m"', code=USAGE)


def _span(length: timedelta) -> str:
    from routing.hours import in_words

    return in_words(length)


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar while the block runs, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    with Progress(console=screen, transient=True) as bars:
        task = bars.add_task("replaying", total=total)
        yield lambda done: bars.update(task, completed=done)


def _show(difference: Difference, start: datetime) -> None:
    typer.echo(
        f"{difference.mentions:,} mentions written since {start:%Y-%m-%d %H:%M} UTC were decided again; "
        f"{difference.changed:,} would be decided otherwise."
    )
    typer.echo(
        f"cases: {difference.cases_was:,} were opened, {difference.cases_would:,} would be: "
        f"{difference.more:,} more, {difference.fewer:,} fewer, {difference.moved:,} in another queue"
    )
    _tallies("queue", difference.queues)
    _tallies("rule", difference.rules)
    titles = {"more": "new cases", "fewer": "cases no more", "moved": "cases elsewhere"}
    for sort, examples in difference.examples.items():
        if examples:
            typer.echo(typer.style(f"{titles[sort]}, such as", bold=True))
            for example in examples:
                _tell(example)
    for rule, opened_at_once in difference.stopped.items():
        mark = typer.style("fuse: ", fg="red", bold=True)
        typer.echo(f'{mark}rule "{rule}" would open {opened_at_once:,} cases at once and be stopped')
    typer.echo("Nothing was written.")


def _tallies(what: str, tallies: dict[str, Tally]) -> None:
    numbers = ("were", "would be", "more", "fewer", "moved in", "moved out")
    shown = table((what, "fold"), *((name, "right") for name in numbers))
    rows = [
        [name, *(str(count) for count in (t.was, t.would, t.more, t.fewer, t.moved_in, t.moved_out))]
        for name, t in sorted(tallies.items(), key=lambda item: (-item[1].would, item[0]))
    ]
    if rows:
        add_rows(shown, rows, keep=3)
        console().print(shown)


def _tell(example: Example) -> None:
    who = f"{example.who} on {example.source}" if example.who else example.source
    typer.echo(f'  {who}: "{short(example.text, 110)}"')
    why = f": {example.why}" if example.why else ""
    typer.echo(f"    {example.was} → {example.would}{why}")
