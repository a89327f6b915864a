"""What could not be read or understood, kept raw with the reason until it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from earnest.ledger.database import Database, chunks
from earnest.ledger.tables import posts, set_asides

UNDERSTANDING = "understanding"
"""The place of items that were read, but not understood."""


@dataclass(frozen=True, slots=True)
class AsideView:
    """One item that was set aside. raw may be cut. times: how often it came. retried_at: last, in vain."""

    id: int
    listener: str
    source: str
    query: str
    native_id: str | None
    raw: str
    why: str
    place: str
    first_seen: datetime
    last_seen: datetime
    times: int
    retried_at: datetime | None


def items(db: Database, listener: str | None, after: int, limit: int) -> list[AsideView]:
    """Items in the order they came, those of one listener or of all; `after` is an id to go on from."""
    columns = [set_asides.c[name] for name in AsideView.__dataclass_fields__]
    which = select(*columns).where(set_asides.c.id > after).order_by(set_asides.c.id).limit(limit)
    if listener is not None:
        which = which.where(set_asides.c.listener == listener)
    with db.read() as conn:
        return [AsideView(**row) for row in conn.execute(which).mappings()]


def settle(db: Database, done: Sequence[int], still: Sequence[int]) -> None:
    """Let go of items that were read after all, and note that the others were tried."""
    with db.write() as conn:
        for some in chunks(sorted(done)):
            conn.execute(delete(set_asides).where(set_asides.c.id.in_(some)))
        for some in chunks(sorted(still)):
            conn.execute(update(set_asides).where(set_asides.c.id.in_(some)).values(retried_at=db.clock()))


def understand_again(db: Database, source: str, native_id: str) -> bool:
    """Put a post back to be understood; False where it is not held any more."""
    held = posts.c.source == source, posts.c.native_id == native_id, posts.c.deleted_at.is_(None)
    with db.write() as conn:
        put = conn.execute(update(posts).where(*held).values(analyzed=posts.c.revision - 1))
    return put.rowcount > 0
