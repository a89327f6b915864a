"""Keeping faith with the networks: what is gone there, and what may not be kept for long, goes here too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from earnest.ledger.database import Database, chunks
from earnest.ledger.erasure import erase
from earnest.ledger.tables import case_posts, cases, posts
from earnest.ledger.tombstones import Tombstones
from earnest.ledger.views import Receipt

EXPIRED = "kept no longer"


def due(db: Database, source: str, before: datetime, limit: int) -> list[str]:
    """Native ids of posts the network last had there before then, longest ago first."""
    ids = select(posts.c.native_id).where(_stale(source, before)).order_by(posts.c.checked_at, posts.c.id)
    with db.read() as conn:
        return list(conn.scalars(ids.limit(limit)))


def overdue(db: Database, source: str, before: datetime) -> int:
    """How many posts those are."""
    with db.read() as conn:
        return int(conn.scalar(select(func.count()).select_from(posts).where(_stale(source, before))) or 0)


def checked(db: Database, source: str, native_ids: Sequence[str]) -> None:
    """Note that the network was asked about these now."""
    with db.write() as conn:
        for some in chunks(sorted(native_ids)):
            which = posts.c.source == source, posts.c.native_id.in_(some)
            conn.execute(update(posts).where(*which).values(checked_at=db.clock()))


def mark_checked(conn: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that these came again just now, so the network still has them."""
    for some in chunks(sorted(ids)):
        conn.execute(update(posts).where(posts.c.id.in_(some)).values(checked_at=now))


def expire(db: Database, tombstones: Tombstones, source: str, before: datetime, limit: int) -> Receipt:
    """Erase posts of a network first heard before then, at most `limit`, oldest first.

    Kept are posts of any case, and the conversation around an open one: people need them to answer.
    """
    of_a_case = exists().where(case_posts.c.post_id == posts.c.id)
    around_an_open_one = exists().where(
        cases.c.is_open, cases.c.source == posts.c.source, cases.c.conversation == posts.c.conversation
    )
    old = (
        select(posts.c.native_id)
        .where(posts.c.source == source, posts.c.deleted_at.is_(None), posts.c.heard_at < before)
        .where(~of_a_case, ~around_an_open_one)
        .order_by(posts.c.heard_at, posts.c.id)
        .limit(limit)
    )
    with db.write(durable=True) as conn:
        gone = [(source, native, EXPIRED) for native in conn.scalars(old)]
        return erase(db, conn, tombstones, gone) if gone else Receipt()


def _stale(source: str, before: datetime) -> ColumnElement[bool]:
    return and_(posts.c.source == source, posts.c.deleted_at.is_(None), posts.c.checked_at < before)
