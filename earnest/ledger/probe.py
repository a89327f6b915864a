"""What the SQLite of this Python can do, for whoever looks before a ledger is opened."""

from __future__ import annotations

import sqlite3
from contextlib import closing


def sqlite_version() -> str:
    """Such as "3.40.1"."""
    return sqlite3.sqlite_version


def has_full_text_search() -> bool:
    """Whether SQLite was built with FTS5, which the embedded search needs."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError:
            return False
    return True
