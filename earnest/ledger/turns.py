"""Whose turn it is to write to a SQLite file, among the processes of one machine.

SQLite lets whoever asks at the right moment write, so that under processes that write without pause one
of them may wait for half a minute and fail. Two locks on a file beside the database make that a queue:
a process waits for the first, with it for the second, and lets the first go when it has both. Whoever
wrote last stands behind who waited meanwhile. The system lets go of both where a process dies.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NEXT, _NOW = 0, 1  # bytes of the file that stand for the two locks
_PAUSE = 0.001  # seconds between two looks


class Turns:
    """The turns at one file, for this process; its threads take theirs by `lock` first.

    patience: seconds after which the turn is taken without waiting any longer: SQLite has its own say.
    """

    def __init__(self, database: Path, patience: float) -> None:
        """Nothing is opened before the first turn."""
        self._path = database.with_name(f"{database.name}-turn")
        self._patience = patience
        self._file: int | None = None
        self.lock = threading.RLock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Inside the block no other process that takes turns writes."""
        with self.lock:
            file = self._opened()
            if file is None:
                yield
                return
            until = time.monotonic() + self._patience
            if _wait(file, _NEXT, until):
                _wait(file, _NOW, until)
                _let_go(file, _NEXT)
            try:
                yield
            finally:
                _let_go(file, _NOW)

    def close(self) -> None:
        """Let go of the file; the next turn opens it again."""
        with self.lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _opened(self) -> int | None:
        """The file, opened once for all threads: closing one of two would let go of both's locks.

        None where it cannot be written: SQLite says so itself, with the reason.
        """
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                return None
        return self._file


def _wait(file: int, place: int, until: float) -> bool:
    """Take a lock as soon as it is free; False where it was not in time."""
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def _let_go(file: int, place: int) -> None:
    fcntl.lockf(file, fcntl.LOCK_UN, 1, place)
