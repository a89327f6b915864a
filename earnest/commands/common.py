"""What commands share: options, exit codes, and how a failure is told.

Expected failures are one clear message on stderr: the place, what is wrong, the mend. stdout carries
results only, so that `--json` can be piped.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from earnest.ledger import Ledger
    from earnest.settings import Settings

OK, FAILED, USAGE = 0, 1, 2
"""Exit codes: done; something failed; the command or the configuration is wrong."""

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="EARNEST_CONFIG", help="Folder with sources.yaml, brands.yaml, …"),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout, for programs.")]

DEFAULT_CONFIG = Path("config")


class Failure(Exception):
    """An expected failure of a command: what is wrong, the mend, and the exit code."""

    def __init__(self, what: str, mend: str = "", *, code: int = FAILED) -> None:
        """Keep the parts apart, so that they are shown on lines of their own."""
        super().__init__(what)
        self.what = what
        self.mend = mend
        self.code = code


def example(*lines: str) -> str:
    """The epilog of a command's help: its examples, one a line, kept as written."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def console() -> Console:
    """stdout for people; as wide as the terminal, and wide enough for a row where it is a file or pipe."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 140
    return Console(highlight=False, width=wide)


def table(*columns: str | tuple[str, str], title: str | None = None) -> Table:
    """A plain table. A column is its heading, or heading and "right" or "fold"."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(
        box=SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        heading, how = (column, "") if isinstance(column, str) else column
        made.add_column(
            heading,
            justify="right" if how == "right" else "left",
            overflow="fold",
            no_wrap=how == "right",
        )
    return made


def add_rows(shown: Table, rows: Sequence[Sequence[str]], *, keep: int = 1) -> None:
    """Add rows, and hide the columns after the first `keep` that say nothing in any row ("", "0")."""
    from rich.text import Text

    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    shown.columns = [
        column
        for index, column in enumerate(shown.columns)
        if index < keep or any(row[index] not in {"", "0"} for row in rows)
    ]
    for index, column in enumerate(shown.columns):
        column._index = index  # by which rich finds the last column, whose padding it leaves out


def print_json(value: Any) -> None:
    """One JSON value on stdout; times as ISO 8601."""
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2) + "\n")


def tell(text: str) -> None:
    """A line on stderr: progress and notes, never results."""
    typer.echo(text, err=True)


def fail(what: str, mend: str = "", *, code: int = FAILED) -> NoReturn:
    """Stop with a message."""
    raise Failure(what, mend, code=code)


def settings_from(config: Path) -> Settings:
    """The configuration, or ConfigError (told by the entry point)."""
    from earnest.settings import load

    return load(config)


@contextmanager
def opened(settings: Settings) -> Iterator[Ledger]:
    """The ledger of a configuration, created where it is missing, closed afterwards."""
    from earnest.ledger import Ledger

    with Ledger.open(settings.database, rules=settings.rules) as ledger:
        yield ledger


def short(text: str, most: int) -> str:
    """One line of at most `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def ago(when: Any, now: Any) -> str:
    """A time as people read it: "3 min ago", "never"."""
    if when is None:
        return "never"
    seconds = (now - when).total_seconds()
    if seconds < 0:
        return f"in {_span(-seconds)}"
    return "just now" if seconds < 60 else f"{_span(seconds)} ago"


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
