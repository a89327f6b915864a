"""Taking in archives: files of posts, through the same ledger as what is heard.

A file is read as a stream and committed in batches, each with how far it got. A killed import goes on
where it stopped; a second import of the same file stores nothing twice.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from earnest.importing_csv import Columns, read_csv
from earnest.importing_json import read_json, read_recordings
from earnest.importing_pieces import Opened, Piece, Progress, Unreadable
from earnest.ledger import Ledger
from listeners.listener import Batch, Clock, utcnow

__all__ = ["Columns", "FileReport", "Piece", "Unreadable", "import_file", "listener_of", "read_file"]

_BATCH = 500  # items to a transaction
_HEAD = 64 * 1024


@dataclass(slots=True)
class FileReport:
    """What became of one file.

    listener: names the file in the ledger's statistics. items: everything in it; context apart, each is
    stored, revised, known already, deleted, set aside or other (tokens, counts: nothing to keep).
    resumed_at: the record where an import that was cut short went on; the counts are of the rest.
    """

    path: Path
    listener: str
    items: int = 0
    stored: int = 0
    revised: int = 0
    known: int = 0
    context: int = 0
    deletions: int = 0
    others: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    resumed_at: int = 0


def read_file(
    path: Path,
    *,
    columns: Columns | None = None,
    source: str = "x",
    skip: int = 0,
    clock: Clock = utcnow,
    progress: Progress | None = None,
) -> Iterator[Piece]:
    """Read a file piece by piece and store nothing. Raises Unreadable, or OSError.

    columns: for CSV, which column holds what; found by their names where None. source: the network
    the rows of a CSV are from. skip: records to pass over, as a Piece counts them.
    """
    with _unpacked(path) as (stream, raw):
        total = path.stat().st_size
        for piece in _reader(Opened(path, stream, clock, skip), columns, source):
            yield piece
            if progress is not None:
                progress(raw.tell(), total)


def import_file(
    ledger: Ledger,
    path: Path,
    *,
    columns: Columns | None = None,
    source: str = "x",
    clock: Clock = utcnow,
    progress: Progress | None = None,
) -> FileReport:
    """Import one file; see `read_file`. What was committed stays, whatever happens after it."""
    listener, query = listener_of(path), _content(path)
    state = ledger.state(listener, query)
    report = FileReport(path, listener)
    if state and not state.get("done"):
        report.resumed_at = int(state["record"])
    pieces = read_file(
        path, columns=columns, source=source, skip=report.resumed_at, clock=clock, progress=progress
    )
    for group, record in _grouped(pieces):
        batch = _batch(group, {"v": 1, "record": record})
        taken = ledger.commit_batch(listener, batch, query=query, source=_network(batch, source))
        report.items += sum(piece.items for piece in group)
        report.stored += taken.new
        report.revised += taken.revised
        report.known += taken.known
        report.context += len(batch.context)
        report.deletions += len(batch.deletions)
        report.others += sum(piece.others for piece in group)
        report.set_aside.update(aside.why for aside in batch.set_aside)
    # From here on the file is read anew: it may hold more, or be read better.
    ledger.commit_batch(listener, Batch(next_state={"v": 1, "done": True}), query=query, source=source)
    return report


def _grouped(pieces: Iterable[Piece]) -> Iterator[tuple[list[Piece], int]]:
    """Pieces in batches, each with the record that reading can start again behind.

    One record may be many pieces (all exchanges of a recording): it is behind us after its last.
    """
    group: list[Piece] = []
    behind = 0
    for piece in pieces:
        if group and sum(one.items + len(one.context) for one in group) >= _BATCH:
            last = group[-1].record
            behind = last if piece.record != last else behind
            yield group, behind
            group = []
        if group and piece.record != group[-1].record:
            behind = group[-1].record
        group.append(piece)
    if group:
        yield group, group[-1].record


def _batch(group: list[Piece], state: dict[str, int]) -> Batch:
    return Batch(
        next_state=state,
        posts=tuple(post for piece in group for post in piece.posts),
        context=tuple(post for piece in group for post in piece.context),
        deletions=tuple(gone for piece in group for gone in piece.deletions),
        set_aside=tuple(aside for piece in group for aside in piece.set_aside),
    )


def _network(batch: Batch, default: str) -> str:
    """The network a batch is from: a file holds one, as a rule."""
    sources = (*(post.source for post in batch.posts), *(gone.source for gone in batch.deletions))
    return next(iter(sources), default)


def listener_of(path: Path) -> str:
    """The name a file's posts are kept under, where heard ones have their source's name."""
    return f"import {path.name}"


def _content(path: Path) -> str:
    """What the file's progress is kept under: it follows a file that is moved, not one that changes."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    digest = hashlib.blake2s(head + str(path.stat().st_size).encode(), digest_size=6).hexdigest()
    return f"content {digest}"


def _reader(opened: Opened, columns: Columns | None, source: str) -> Iterator[Piece]:
    """The reader for a file, by its name, and by its first bytes where the name does not tell."""
    name = opened.path.name.removesuffix(".gz").casefold()
    if name.endswith((".yaml", ".yml")):
        return read_recordings(opened)
    begins = opened.stream.peek(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if columns is not None or name.endswith((".csv", ".tsv")) or (begins and begins not in b"{["):
        return read_csv(opened, columns, source)
    return read_json(opened)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[BufferedReader[Any], FileIO]]:
    """The file's bytes, unpacked where it ends in .gz, and the file itself to tell how far it is read."""
    with FileIO(path) as raw:
        if path.suffix.casefold() == ".gz":
            with gzip.GzipFile(fileobj=raw) as packed, BufferedReader(packed) as stream:
                yield stream, raw
        else:
            with BufferedReader(raw) as stream:
                yield stream, raw
