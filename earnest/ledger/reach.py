"""Which queues the one who asks may see, asked wherever a case is read for somebody.

Kept beside the request in a context variable, not handed on as an argument: a new way to a case cannot
forget it. Stages, commands and everybody without a limit see every queue. What was said in public is
no secret of a queue: mentions, search and "why" are not limited, cases are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import ColumnElement, Connection, select

from earnest.ledger.door_tables import desk_people
from earnest.ledger.tables import cases

_QUEUES: ContextVar[tuple[str, ...] | None] = ContextVar("queues", default=None)


@contextmanager
def within(queues: Sequence[str] | None) -> Iterator[None]:
    """Inside the block (and the threads and tasks it starts) only cases of these queues are there."""
    before = _QUEUES.set(None if queues is None else tuple(queues))
    try:
        yield
    finally:
        _QUEUES.reset(before)


def queues() -> tuple[str, ...] | None:
    """The queues that may be seen; None: every one."""
    return _QUEUES.get()


def reaches(queue: str) -> bool:
    """Whether cases of this queue may be seen."""
    seen = _QUEUES.get()
    return seen is None or queue in seen


def conditions() -> list[ColumnElement[bool]]:
    """The same as conditions on the table of cases; none where every queue may be seen."""
    seen = _QUEUES.get()
    return [] if seen is None else [cases.c.queue.in_(seen)]


def sees(conn: Connection, name: str, queue: str) -> bool:
    """Whether a colleague of this name sees the queue; a name that nobody has is not limited."""
    row = conn.execute(select(desk_people.c.queues).where(desk_people.c.name_key == name_key(name))).first()
    return row is None or row.queues is None or queue in row.queues


def name_key(name: str) -> str:
    """What tells names of the desk's people apart: neither case nor spaces do."""
    return " ".join(name.casefold().split())
