"""How a pass is shown while it runs (on stderr) and when it has ended (on stdout)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from earnest.commands.common import add_rows, console, table

if TYPE_CHECKING:
    from earnest.pipeline import PassReport, PollReport, Progress

_DOING = {"listen": "listening", "understand": "understanding", "route": "routing", "index": "indexing"}


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Progress | None]:
    """A live line per stage while the block runs, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    screen = Console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[told]}"))
    with Bars(*columns, TimeElapsedColumn(), console=screen, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, what: str) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.stop_task(task)
                tasks[stage] = bars.add_task(_DOING[stage], total=None, told="")
            bars.update(tasks[stage], completed=done, told=f"{done:,} · {what}")

        yield progress


def show_polls(polls: Sequence[PollReport]) -> None:
    """The table of what each source brought."""
    from earnest.ledger.views import Intake

    by_source: dict[str, list[PollReport]] = {}
    for poll in polls:
        by_source.setdefault(poll.listener, []).append(poll)
    numbers = ("items", "new", "changed", "known", "gone", "set aside", "gaps", "dollars", "asked", "failed")
    shown = table("source", *((name, "right") for name in numbers))
    rows = []
    for name, own in by_source.items():
        intake = sum((poll.intake for poll in own), Intake())
        parts = (intake.new, intake.revised, intake.known, intake.deleted, intake.set_aside)
        cost = sum(poll.cost for poll in own)
        asked = sum(not poll.not_due for poll in own)
        failed = sum(bool(poll.error_kind) for poll in own)
        counts = map(str, (sum(parts), *parts, intake.gaps))
        rows.append([name, *counts, f"{cost:.2f}" if cost else "", f"{asked} of {len(own)}", str(failed)])
    add_rows(shown, rows, keep=3)
    console().print(shown)
    if waiting := sum(poll.not_due for poll in polls):
        are = "query is" if waiting == 1 else "queries are"
        typer.echo(f"{waiting} {are} not due yet; --force asks anyway")


def tell_failed(polls: Sequence[PollReport]) -> int:
    """Say on stderr which queries failed and why; how many."""
    failed = [poll for poll in polls if poll.error_kind]
    for poll in failed:
        where = f"{poll.listener} ({poll.query})" if poll.query else poll.listener
        typer.echo(typer.style("error: ", fg="red", bold=True) + f"{where}: {poll.error}", err=True)
    return len(failed)


def show_pass(report: PassReport, totals: dict[str, Any]) -> None:
    """What a pass did, after the table of its sources."""
    routed, whole = report.routed, totals["total"]
    lines = {
        "this pass": {
            "new posts": report.posts,
            "understood": report.understood,
            "mentions": report.mentions,
            "cases opened": routed.cases_opened,
            "cases that grew": routed.cases_extended,
            "dismissed": routed.dismissed,
        },
        "in all": {
            name: whole[name.replace(" ", "_")]
            for name in ("posts", "mentions", "complaints", "cases", "set aside", "gaps")
        },
    }
    for name, counts in lines.items():
        typer.echo(f"{name + ':':11}{', '.join(f'{count:,} {what}' for what, count in counts.items())}")
    spent = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.seconds.items())
    typer.echo(f"{'time:':11}{spent}")
