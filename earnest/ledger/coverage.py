"""What was listened to and when: polls by the hour, what each brought, and the holes that are known.

Read as streams in the order of (listener, query), so that whoever draws a picture of a thousand
feeds holds one of them at a time. Only the log of polls is read, never the posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Text, func, or_, select

from earnest.ledger.database import Database
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import gaps, poll_hours, poll_logs

_KEY = (poll_hours.c.listener, poll_hours.c.query, poll_hours.c.hour)

CUT_OFF = timedelta(hours=1)
"""A poll that began so long ago and has not ended was cut off: it counts as failed."""


@dataclass(frozen=True, slots=True)
class HourOfPolls:
    """The polls of one query that began in the hour `hour` (UTC). cost: dollars."""

    listener: str
    query: str
    hour: datetime
    polls: int
    failed: int
    posts: int
    cost: float


@dataclass(frozen=True, slots=True)
class HeardByPoll:
    """What one poll that ended well brought: the posts since the one before, which began at `after`.

    wait: the mean time between the query's polls up to this one; None where they are fewer than three.
    """

    listener: str
    query: str
    after: datetime | None
    at: datetime
    posts: int
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class Hole:
    """A stored gap: from when to when (None: from the beginning, still open), why, and when it was seen."""

    listener: str
    query: str
    start: datetime | None
    end: datetime | None
    why: str
    note: str
    seen_at: datetime


def polls_by_hour(db: Database, since: datetime) -> Iterator[HourOfPolls]:
    """Every hour since then in which a query was polled, by listener, query and hour."""
    with db.read() as conn:
        unended = _unended(db, conn, since)
        counts = (poll_hours.c[name] for name in ("polls", "failed", "posts", "cost"))
        wanted = select(*_KEY, *counts).where(poll_hours.c.hour >= since)
        for row in conn.execute(wanted.order_by(*_KEY)):
            more = unended.pop(
                (row.listener, row.query, row.hour), HourOfPolls("", "", row.hour, 0, 0, 0, 0.0)
            )
            yield HourOfPolls(
                row.listener,
                row.query,
                row.hour,
                row.polls + more.polls,
                row.failed + more.failed,
                row.posts + more.posts,
                row.cost + more.cost,
            )
    yield from unended.values()  # hours in which no poll has ended


def heard_by_poll(db: Database, since: datetime) -> Iterator[HeardByPoll]:
    """Polls since then that ended well, by listener, query and time, where they brought posts.

    The first and the last one of each query come too, whatever they brought: they say from when to
    when it was listened to. What polls brought after the first of an hour comes as one, of the last.
    """
    named = ("listener", "query", "first_at", "last_at", "well", "first_posts", "later_posts")
    wanted = select(*(poll_hours.c[name] for name in named))
    wanted = wanted.where(poll_hours.c.hour >= since, poll_hours.c.well > 0).order_by(*_KEY)
    with db.read() as conn:
        rows = conn.execute(wanted)
        for _, hours in groupby(rows, key=lambda row: (row.listener, row.query)):
            yield from _one_query(hours)


def _one_query(hours: Iterable[AnyRow]) -> Iterator[HeardByPoll]:
    """The polls of one query, from its hours."""
    first: datetime | None = None
    before: datetime | None = None
    told: datetime | None = None
    count, last = 0, None
    for row in hours:
        first = first or row.first_at
        if row.first_posts or before is None:
            wait = (row.first_at - first) / count if count > 1 else None
            yield HeardByPoll(row.listener, row.query, before, row.first_at, row.first_posts, wait)
            told = row.first_at
        count += row.well
        if row.later_posts:
            wait = (row.last_at - first) / (count - 1) if count > 2 else None
            yield HeardByPoll(row.listener, row.query, row.first_at, row.last_at, row.later_posts, wait)
            told = row.last_at
        before, last = row.last_at, row
    if last is not None and first is not None and told != last.last_at:
        wait = (last.last_at - first) / (count - 1) if count > 2 else None
        yield HeardByPoll(last.listener, last.query, first, last.last_at, 0, wait)


def _unended(db: Database, conn: Connection, since: datetime) -> dict[tuple[str, str, datetime], HourOfPolls]:
    """What the hours do not tell: polls that run, and those that were cut off."""
    log = poll_logs.c
    found: dict[tuple[str, str, datetime], HourOfPolls] = {}
    rows = conn.execute(
        select(poll_logs).where(log.ended_at.is_(None), log.started_at >= since).order_by(log.started_at)
    )
    for row in rows:
        hour = row.started_at.replace(minute=0, second=0, microsecond=0)
        key = row.listener, row.query, hour
        held = found.get(key, HourOfPolls(*key, 0, 0, 0, 0.0))
        failed = int(row.started_at < db.clock() - CUT_OFF)
        found[key] = HourOfPolls(
            *key, held.polls + 1, held.failed + failed, held.posts + row.posts, held.cost + row.cost
        )
    return found


def holes(db: Database, since: datetime) -> Iterator[Hole]:
    """Gaps that reach into the time since then, by listener, query and when they were seen."""
    open_or_late = or_(gaps.c.end_at.is_(None), gaps.c.end_at >= since, gaps.c.seen_at >= since)
    with db.read() as conn:
        for row in conn.execute(
            select(gaps).where(open_or_late).order_by(gaps.c.listener, gaps.c.query, gaps.c.seen_at)
        ):
            yield Hole(row.listener, row.query, row.start_at, row.end_at, row.why, row.note, row.seen_at)


def hour_of(db: Database, column: ColumnElement[datetime]) -> ColumnElement[str]:
    """The hour of a moment as text that sorts, in UTC: "2026-11-21 09"."""
    if db.sqlite:
        return func.substr(column, 1, 13, type_=Text)
    return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24")
