"""What reading a file gives, piece by piece, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from listeners.listener import Clock
from listeners.post import Deletion, Post, SetAside


@dataclass(frozen=True, slots=True)
class Piece:
    """Some items of a file, read.

    record: the number of records (lines, rows, exchanges) read so far, this piece included; reading can
    start again behind it. others: items that are none of ours to keep, such as tokens and counts.
    """

    record: int
    posts: tuple[Post, ...] = ()
    context: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    others: int = 0

    @property
    def items(self) -> int:
        """How many items the file holds here, context apart."""
        return len(self.posts) + len(self.deletions) + len(self.set_aside) + self.others


@dataclass(frozen=True, slots=True)
class Opened:
    """A file to read: its bytes (unpacked where it ends in .gz), its name for people, the clock.

    skip: records to pass over unread.
    """

    path: Path
    stream: BufferedReader[Any]
    clock: Clock
    skip: int = 0

    def place(self, line: int) -> str:
        """A place in the file, as people and editors write it."""
        return f"{self.path.name}:{line}"


class Unreadable(Exception):
    """The file as a whole cannot be imported. `mend` says what to do."""

    def __init__(self, what: str, mend: str) -> None:
        """Keep the two apart."""
        super().__init__(what)
        self.mend = mend


Progress = Callable[[int, int], None]
"""Called with the bytes read so far and all bytes of the file."""
