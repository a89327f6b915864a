"""The database under the ledger: connections, transactions, and errors in words.

SQLite: WAL, foreign keys, `synchronous=NORMAL` for the stages (a power cut may cost the last
batches, which are heard and judged again) and `FULL` for what responders do (nobody repeats that).
Writers take turns, inside a process and among processes, since SQLite's own waiting is not fair, and
begin with BEGIN IMMEDIATE, so that a transaction never finds out late that it may not write.

PostgreSQL: stages take one advisory lock while they write (they are few and their batches depend on
each other: duplicates, echoes, open cases); claims and other acts of responders only lock rows.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool

from earnest.ledger.dialects import COMPILED, ours
from earnest.ledger.errors import LedgerError
from earnest.ledger.lines import RESTED, Lines
from earnest.ledger.turns import Turns
from listeners.listener import Clock, utcnow
from routing.clocks import Terms
from routing.rules import Rules

STAGES_LOCK = 0x6561726E  # "earn": the advisory lock of the stages on PostgreSQL
BUSY_SECONDS = 30  # how long a writer waits for another process
CHUNK = 500  # values in one IN list: well below the limits of both databases

_TURNS: dict[str, Turns] = {}
_TURNS_GUARD = threading.Lock()

_TROUBLE: tuple[tuple[str, str], ...] = (
    (r"disk is full|No space left|disk full", "the disk is full; free some space and run it again"),
    (
        r"database is locked|lock timeout",
        f"another process has been writing to it for {BUSY_SECONDS} seconds; "
        "wait for that to end, or end it, and run this again",
    ),
    (
        r"readonly database|read-only",
        "it may not be written; check the owner and rights of the file and its folder",
    ),
    (r"unable to open database file", "it cannot be opened; check that the folder exists and may be written"),
    (
        r"not a database|malformed|file is encrypted",
        "the file is damaged or no database; restore it from a copy",
    ),
    (r"disk I/O error", "the disk reports an error; check the disk, then restore the file from a copy"),
    (
        r"password authentication failed|no password supplied",
        "user or password was refused; check EARNEST_DATABASE",
    ),
    (
        r"does not exist",
        "the database or role does not exist; create it (createdb), or check EARNEST_DATABASE",
    ),
    (
        r"connection refused|could not connect|connection failed|could not translate|closed the connection|"
        r"terminating connection|failed to resolve|No such file or directory",
        "the server cannot be reached; check that it runs and that EARNEST_DATABASE names it",
    ),
)


class Database:
    """One database, its connections, its clock and the queues' terms. Times given by the clock are UTC."""

    def __init__(self, url: str, *, clock: Clock = utcnow, rules: Rules | None = None) -> None:
        """Connect lazily to a SQLAlchemy URL; raises LedgerError where the URL is none.

        rules: what the queues promise; those that stand without a routing.yaml where None.
        """
        try:
            self.parsed = make_url(url)
            self.engine = _engine(self.parsed)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise LedgerError(
                "the database address cannot be used; write sqlite:///path/to/file.db or "
                "postgresql+psycopg://user@host/name (which needs the postgres extra)"
            ) from error
        self._driver = self.engine.dialect.loaded_dbapi
        self._lines = Lines(self.engine)
        self.clock = clock
        self._rules = rules
        self.sqlite = self.parsed.get_backend_name() == "sqlite"
        self._shared = self.engine.pool.__class__ is StaticPool
        self._turns = _turns_of(self.parsed)
        self._lock = threading.RLock() if self._turns is None else self._turns.lock
        self._kept: sqlite3.Connection | None = None
        self.looked_at: datetime | None = None  # when a claim last looked for leases that ran out

    @property
    def name(self) -> str:
        """The address without a password."""
        return self.parsed.render_as_string(hide_password=True)

    def terms(self, queue: str) -> Terms:
        """What a queue promises: opening hours and how soon an answer comes."""
        if self._rules is None:
            self._rules = Rules()
        return self._rules.terms(queue)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger."""
        if self._shared:
            self._lock.acquire()
        try:
            with self.telling(), self.engine.connect() as conn:
                yield conn
                conn.rollback()
        finally:
            if self._shared:
                self._lock.release()

    @contextmanager
    def write(self, *, durable: bool = False, stages: bool = True) -> Iterator[Connection]:
        """One transaction that writes: committed as a whole at the end, or not at all.

        durable: survives a power cut (SQLite `synchronous=FULL`). stages: take the stages' lock on
        PostgreSQL; responders' acts lock rows instead.
        """
        if not self.sqlite:
            with self.telling(), self.engine.begin() as conn:
                if stages:
                    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": STAGES_LOCK})
                yield conn
            return
        with self._turn(), self.telling(), self.engine.connect() as bare:
            _pragma(bare, f"synchronous={'FULL' if durable else 'NORMAL'}")
            conn = bare.execution_options(earnest_write=True)
            with conn.begin():
                yield conn

    @contextmanager
    def bare(self) -> Iterator[sqlite3.Connection]:
        """A durable `write` on a connection that is kept, for what is done so often that a pool tells."""
        with self._turn(), self.telling():
            conn = self._own()
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
                conn.execute("COMMIT")
            except BaseException:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                raise

    def alone(self, statement: str, values: Sequence[Any]) -> Any:
        """The first row of one statement that is a transaction by itself; for PostgreSQL, see Lines."""
        try:
            return self._lines.first(statement, values)
        except self._driver.Error:
            with self.telling():
                raise

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the driver says into a LedgerError with the mend."""
        try:
            yield
        except (DBAPIError, self._driver.Error) as error:
            said = str(getattr(error, "orig", error))
            for pattern, mend in _TROUBLE:
                if re.search(pattern, said, re.IGNORECASE):
                    raise LedgerError(f"the ledger {self.name}: {mend}. Nothing was lost.") from error
            if isinstance(error, (OperationalError, self._driver.OperationalError)):
                raise LedgerError(f"the ledger {self.name} failed: {said.strip().splitlines()[0]}") from error
            raise

    def upsert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT, in this database's own words."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Let go of all connections."""
        self._lines.close()
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self.engine.dispose()
        if self._turns is not None:
            self._turns.close()

    def _own(self) -> sqlite3.Connection:
        """The connection of `bare`, whose turn keeps other threads away from it."""
        if self._kept is not None:
            return self._kept
        held = self.engine.raw_connection()
        conn: Any = held.driver_connection
        conn.execute("PRAGMA synchronous=FULL")
        if self._shared:  # in memory there is but one
            held.close()
        else:
            held.detach()
            self._kept = conn
        made: sqlite3.Connection = conn
        return made

    def _turn(self) -> AbstractContextManager[Any]:
        """This writer's turn at SQLite: among the threads of this process, and among processes."""
        return self._lock if self._turns is None else self._turns.taken()


def chunks(values: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """Cut values into pieces that fit one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _turns_of(url: URL) -> Turns | None:
    """The turns of all writers to one SQLite file; None where there is no such file."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    file = Path(url.database).resolve()
    with _TURNS_GUARD:
        return _TURNS.setdefault(str(file), Turns(file, BUSY_SECONDS))


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _server(url)
    memory = not url.database or url.database == ":memory:"
    options: dict[str, Any] = {"poolclass": StaticPool} if memory else {}
    engine = create_engine(
        ours(url),
        json_serializer=_dumps,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **options,
    )
    engine.update_execution_options(compiled_cache=COMPILED)

    @event.listens_for(engine, "connect")
    def _opened(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA secure_delete=ON")  # erased words are overwritten in the file
        cursor.execute("PRAGMA cache_size=-32768")  # 32 MiB: a cap, not a reservation
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(conn: Connection) -> None:
        write = conn.get_execution_options().get("earnest_write", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _server(url: URL) -> Engine:
    """Connections to a server: those that rested are asked whether they still stand before they are used."""
    engine = create_engine(ours(url), json_serializer=_dumps, pool_size=5, max_overflow=20)
    engine.update_execution_options(compiled_cache=COMPILED)

    @event.listens_for(engine, "checkin")
    def _returned(_raw: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(raw: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")
        if since is None or time.monotonic() - since < RESTED:
            return
        try:
            engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # another one is taken, and the others are let go

    return engine


def _pragma(conn: Connection, setting: str) -> None:
    """Set a pragma outside of any transaction."""
    cursor = conn.connection.cursor()
    cursor.execute(f"PRAGMA {setting}")
    cursor.close()
