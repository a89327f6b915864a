"""Empty SQLite ledgers in no time: the migrations run once in a process, every further ledger is a copy."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

from earnest.ledger import Ledger


def new_ledger(file: Path) -> str:
    """Put an empty ledger of the newest version at `file`, with the folders above it; its address."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_migrated(), file)
    return f"sqlite:///{file}"


@functools.cache
def _migrated() -> Path:
    holder = tempfile.TemporaryDirectory(prefix="earnest-tests-")
    _held.append(holder)
    file = Path(holder.name) / "ledger.db"
    Ledger.open(f"sqlite:///{file}").close()
    return file


_held: list[tempfile.TemporaryDirectory[str]] = []  # removed with the process
