"""Statements are compiled once in a process, however many ledgers it opens.

SQLAlchemy keeps what it compiled under the dialect object that an engine made for itself, so that a
second ledger would begin anew: a hundred statements, a third of the work of a small pass. Two dialects
of one kind, for one version of their database, say the same words; so here they are equal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.util import LRUCache

COMPILED: Any = LRUCache(1000)
"""What was compiled, for the engines of all ledgers of this process; the least used is let go."""


class Sqlite(SQLiteDialect_pysqlite):
    """SQLite; its version is that of the library in this process."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        """Whether the other one says the same words."""
        return type(self) is type(other)

    def __hash__(self) -> int:
        """As equal ones have it."""
        return hash(type(self))


class Postgresql(PGDialect_psycopg):
    """PostgreSQL; its version is known from the first connection on, before anything is compiled."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        """Whether the other one says the same words."""
        return isinstance(other, Postgresql) and self._words() == other._words()

    def __hash__(self) -> int:
        """As equal ones have it."""
        return hash(self._words())

    def _words(self) -> tuple[object, ...]:
        return self.server_version_info, self._backslash_escapes


registry.register("sqlite.earnest", __name__, Sqlite.__name__)
registry.register("postgresql.earnest", __name__, Postgresql.__name__)
_OURS = {
    "sqlite": "sqlite+earnest",
    "sqlite+pysqlite": "sqlite+earnest",
    "postgresql+psycopg": "postgresql+earnest",
}


def ours(url: URL) -> URL:
    """The address by which SQLAlchemy takes the dialect from here; other drivers keep theirs."""
    return url.set(drivername=_OURS.get(url.drivername, url.drivername))
