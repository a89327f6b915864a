"""What was listened to and when: polls by the hour, what each brought, and the holes that are known.

Read as streams in the order of (listener, query), so that whoever draws a picture of a thousand
feeds holds one of them at a time. Only the log of polls is read, never the posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, case, func, or_, select, type_coerce

from earnest.ledger.columns import Utc
from earnest.ledger.database import Database
from earnest.ledger.tables import gaps, poll_logs

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
    log = poll_logs.c
    cut_off = and_(log.ended_at.is_(None), log.started_at < db.clock() - CUT_OFF)
    hour = hour_of(db, log.started_at).label("hour")
    columns = (
        log.listener,
        log.query,
        hour,
        func.count().label("polls"),
        func.sum(case((or_(log.error_kind != "", cut_off), 1), else_=0)).label("failed"),
        func.sum(log.posts).label("posts"),
        func.sum(log.cost).label("cost"),
    )
    wanted = select(*columns).where(log.started_at >= since).group_by(log.listener, log.query, hour)
    with db.read() as conn:
        for row in conn.execute(wanted.order_by(log.listener, log.query, hour)):
            at = datetime.strptime(row.hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
            yield HourOfPolls(
                row.listener, row.query, at, row.polls, int(row.failed), int(row.posts), float(row.cost)
            )


def heard_by_poll(db: Database, since: datetime) -> Iterator[HeardByPoll]:
    """Every poll since then that ended well, by listener, query and time, where it brought posts.

    The first and the last one of each query come too, whatever they brought: they say from when to
    when it was listened to.
    """
    log = poll_logs.c
    well = log.started_at >= since, log.error_kind == "", log.ended_at.is_not(None)
    mine = (log.listener, log.query)
    lag = func.lag(log.started_at).over(partition_by=mine, order_by=log.started_at)
    lead = func.lead(log.started_at).over(partition_by=mine, order_by=log.started_at)
    number = func.row_number().over(partition_by=mine, order_by=log.started_at).label("number")
    before, behind = type_coerce(lag, Utc).label("after"), type_coerce(lead, Utc).label("behind")
    each = (
        select(log.listener, log.query, log.started_at, log.posts, before, behind, number)
        .where(*well)
        .subquery()
    )
    wanted = select(each).where(or_(each.c.posts > 0, each.c.after.is_(None), each.c.behind.is_(None)))
    first = since
    with db.read() as conn:
        for row in conn.execute(wanted.order_by(each.c.listener, each.c.query, each.c.started_at)):
            if row.after is None:
                first = row.started_at
            wait = (row.started_at - first) / (row.number - 1) if row.number > 2 else None
            yield HeardByPoll(row.listener, row.query, row.after, row.started_at, row.posts, wait)


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
