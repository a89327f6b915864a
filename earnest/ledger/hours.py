"""Polls summed by the hour: what pictures of coverage and bills are made of, however many polls there were.

An hour is written in the transaction that ends a poll. Polls that have not ended, or were cut off, are
not in it; whoever reads adds them from the log, where there are few.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, select

from earnest.ledger.database import Database
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import poll_hours, poll_logs

KEEP_POLLS = timedelta(days=35)
"""How long single polls are kept. Older ones are in their hours."""
KEEP_HOURS = timedelta(days=400)


def add(db: Database, conn: Connection, poll: AnyRow) -> None:
    """Count a poll that ended just now."""
    well = not poll.error_kind
    fresh: dict[str, Any] = {
        "listener": poll.listener,
        "query": poll.query,
        "hour": poll.started_at.replace(minute=0, second=0, microsecond=0),
        "polls": 1,
        "failed": int(not well),
        "posts": poll.posts,
        "cost": poll.cost,
        "well": int(well),
        "first_at": poll.started_at if well else None,
        "last_at": poll.started_at if well else None,
        "first_posts": poll.posts if well else 0,
        "later_posts": 0,
    }
    held = poll_hours.c
    more: dict[str, Any] = {
        name: held[name] + fresh[name] for name in ("polls", "failed", "posts", "cost", "well")
    }
    if well:
        is_first = held.first_at.is_(None)
        more |= {
            "first_at": func.coalesce(held.first_at, poll.started_at, type_=held.first_at.type),
            "last_at": poll.started_at,
            "first_posts": case((is_first, poll.posts), else_=held.first_posts),
            "later_posts": case((is_first, held.later_posts), else_=held.later_posts + poll.posts),
        }
    keys = ["listener", "query", "hour"]
    conn.execute(db.upsert(poll_hours).values(fresh).on_conflict_do_update(index_elements=keys, set_=more))


def forget(conn: Connection, listener: str, query: str, now: datetime) -> None:
    """Let go of a query's polls and hours that are too old."""
    log, hour = poll_logs.c, poll_hours.c
    old = log.started_at < now - KEEP_POLLS, log.ended_at.is_not(None)
    conn.execute(delete(poll_logs).where(log.listener == listener, log.query == query, *old))
    mine = hour.listener == listener, hour.query == query
    conn.execute(delete(poll_hours).where(*mine, hour.hour < now - KEEP_HOURS))


def spent(conn: Connection, listener: str, since: datetime, query: str | None) -> float:
    """Dollars since then, in whole hours: one query's, or all together."""
    total = 0.0
    for table, when, also in (
        (poll_hours, poll_hours.c.hour, ()),
        (poll_logs, poll_logs.c.started_at, (poll_logs.c.ended_at.is_(None),)),
    ):
        mine = [table.c.listener == listener, when >= since, *also]
        if query is not None:
            mine.append(table.c.query == query)
        total += conn.scalar(select(func.coalesce(func.sum(table.c.cost), 0.0)).where(*mine)) or 0.0
    return float(total)
