"""A fresh folder for something that runs for a while, which nobody else runs in at the same time."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_AT_ONCE = 9


@contextmanager
def fresh_folder(var: Path, name: str) -> Iterator[Path]:
    """An empty var/NAME; var/NAME-2 and so on while others hold it. What an earlier run left is wiped.

    Raises OSError where nine are held already.
    """
    var.mkdir(parents=True, exist_ok=True)
    for number in range(1, _AT_ONCE + 1):
        home = var / (name if number == 1 else f"{name}-{number}")
        with (var / f".{home.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            yield home
            return
    raise OSError(f"{name} runs {_AT_ONCE} times already; end one of them with Ctrl-C")
