"""`earnest import`: archives of posts, through the same ledger, pipeline and queue as what is heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    USAGE,
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

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from earnest.importing import Columns, FileReport
    from earnest.ledger import Ledger
    from earnest.settings import Settings

EXAMPLES = example(
    "earnest import archive.jsonl                        X API v2, one post or page a line",
    "earnest import listing.json cassette.yaml           Reddit listings, recorded exchanges",
    "earnest import tickets.csv --map text=body,id=nr    any CSV; --map tells the columns",
    "earnest import last-year.jsonl --any-age           old posts open cases, too",
    "earnest import old.csv --no-pass                    store only; understand and route later",
)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Archives; .gz is unpacked.")],
    *,
    config: Config = DEFAULT_CONFIG,
    columns: Annotated[
        str, typer.Option("--map", help="For CSV: text=COLUMN,id=COLUMN,created_at=…,author=…,parent_id=…")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="The network the rows of a CSV are from.")] = "x",
    no_pass: Annotated[
        bool, typer.Option("--no-pass", help="Store only; `earnest understand` and `route` do the rest.")
    ] = False,
    any_age: Annotated[
        bool,
        typer.Option("--any-age", help="Let old posts open cases too, past the age guard of routing.yaml."),
    ] = False,
    json: Json = False,
) -> None:
    """Take in archives of posts.

    Read as streams and committed in batches: a killed import goes on where it stopped, and a second one
    stores nothing twice. Broken rows are set aside with their place. Exit 1 where a file could not be read.
    """
    from earnest.importing import Columns, Unreadable

    try:
        chosen = Columns.parse(columns) if columns else None
    except Unreadable as error:
        tell(f"error: {error}\n  mend: {error.mend}")
        raise typer.Exit(USAGE) from None
    settings = settings_from(config)
    with opened(settings) as ledger:
        reports, failed = _take_in(ledger, files, chosen, source, quiet=json)
        if reports and not no_pass:
            _pass(settings, ledger, any_age=any_age, quiet=json)
        rows = _rows(reports, ledger)
    if json:
        print_json({"files": rows, "failed": failed})
    else:
        _show(rows, passed=not no_pass)
        if not any_age and sum(row["complaints"] for row in rows) and not sum(row["cases"] for row in rows):
            tell(
                "note: no case was opened. Where the posts are older than the age guard in routing.yaml, "
                "--any-age lets them in (for posts that were not routed yet)"
            )
        for what in failed.values():
            tell(f"error: {what}")
    raise typer.Exit(FAILED if failed else 0)


def _take_in(
    ledger: Ledger, files: list[Path], columns: Columns | None, source: str, *, quiet: bool
) -> tuple[list[FileReport], dict[str, str]]:
    """Import file after file; one that cannot be read never stops the others."""
    from earnest.importing import Unreadable, import_file

    reports: list[FileReport] = []
    failed: dict[str, str] = {}
    with _bar(quiet) as bar:
        for path in files:
            task = bar.add_task(path.name, total=None)

            def show(done: int, total: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=max(total, 1))

            try:
                reports.append(import_file(ledger, path, columns=columns, source=source, progress=show))
            except Unreadable as error:
                failed[str(path)] = f"{error}; {error.mend}"
            except OSError as error:
                if error.filename is None:
                    raise  # not this file: the disk, the ledger
                failed[str(path)] = f"{path}: {error.strerror or error}"
    return reports, failed


def _pass(settings: Settings, ledger: Ledger, *, any_age: bool, quiet: bool) -> None:
    """Understand, route and index what came in; any_age: the age guard stands aside."""
    from earnest.commands.progress import shown_progress
    from earnest.pipeline import feed_index, route, understand
    from earnest.preview import analyzer_of
    from earnest.search.home import open_index

    rules = settings.rules.model_copy(update={"age_guard": None}) if any_age else settings.rules
    with shown_progress(quiet=quiet) as progress:
        understand(ledger, analyzer_of(settings), progress=progress)
        route(ledger, rules, reopen=settings.desk.reopen_within, progress=progress)
        feed_index(ledger, open_index(ledger, settings.data_dir), progress=progress)


@contextmanager
def _bar(quiet: bool) -> Iterator[Bar]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    ) as bar:
        yield bar


def _rows(reports: list[FileReport], ledger: Ledger) -> list[dict[str, Any]]:
    """One row a file. Mentions, complaints and cases count with the file that brought the post first."""
    made = ledger.statistics()["listeners"]
    rows = []
    for report in reports:
        counts = made.get(report.listener, {})
        understood = {name: counts.get(name, 0) for name in ("mentions", "complaints", "cases")}
        read = asdict(report) | {"path": str(report.path), "set_aside": dict(report.set_aside)}
        rows.append(read | understood)
    return rows


def _show(rows: list[dict[str, Any]], *, passed: bool) -> None:
    names = ["items", "stored", "revised", "known", "context", "deletions", "others"]
    after = ["mentions", "complaints", "cases"] if passed else []
    shown = table(
        "file",
        *((name, "right") for name in names),
        ("set aside, and why", "fold"),
        *((n, "right") for n in after),
    )
    for row in rows:
        why = "; ".join(f"{count} × {said}" for said, count in sorted(row["set_aside"].items()))
        name = Path(row["path"]).name + (f" (from record {row['resumed_at']})" if row["resumed_at"] else "")
        shown.add_row(name, *(f"{row[one]:,}" for one in names), why, *(f"{row[one]:,}" for one in after))
    console().print(shown)
