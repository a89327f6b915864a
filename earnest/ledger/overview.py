"""Figures over many cases for whoever leads the desk: arrivals, answers, who waits longest, what spreads.

Every question looks at open cases or at a bounded stretch of time through an index, never at all that
was ever held; within the queues that the one who asks may see. Who answered is never read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Text, cast, exists, func, literal, select, text
from sqlalchemy import case as if_

from earnest.ledger import reach
from earnest.ledger.coverage import hour_of
from earnest.ledger.database import Database
from earnest.ledger.tables import case_events, cases, mentions, people, posts
from routing.case import State

WEEK = timedelta(days=7)
_IS_OPEN = text("cases.is_open")
"""Said as the partial index of open cases says it, which SQLite wants."""
_WAITS = cases.c.state.not_in((State.SNOOZED.value, State.WAITING_PERSON.value))
"""Of open cases: the person waits for us. Said by what it is not, so that time, not state, leads the way."""
_ANSWERED = literal("answered", literal_execute=True)
"""Written into the statement, so that the partial index of answers is seen to fit."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour, from `at` on: cases opened, and cases that the brand's own account answered."""

    at: datetime
    arrived: int
    answered: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case whose person waits for us, since when."""

    case_id: int
    queue: str
    source: str
    handle: str
    name: str
    state: State
    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Story:
    """A case whose words spread: how often they were heard again, by others."""

    case_id: int
    queue: str
    state: State
    source: str
    handle: str
    name: str
    title: str
    text: str
    echoes: int


def hours(db: Database, since: datetime, until: datetime) -> list[Hour]:
    """Every hour from the one that `since` is in to the one that `until` is in, the empty ones too."""
    hour = hour_of(db, cases.c.opened_at).label("hour")
    opened = select(hour, func.count()).where(cases.c.opened_at >= since, *reach.conditions()).group_by(hour)
    said = hour_of(db, case_events.c.at).label("hour")
    answered = (
        select(said, func.count(func.distinct(case_events.c.case_id)))
        .where(case_events.c.action == _ANSWERED, case_events.c.at >= since)
        .group_by(said)
    )
    if limits := reach.conditions():
        answered = answered.join(cases, cases.c.id == case_events.c.case_id).where(*limits)
    told = select(case_events.c.id).where(
        case_events.c.case_id == cases.c.id, case_events.c.action == _ANSWERED
    )
    # The answer was there before the case was: heard in one go, and no event of the case.
    at_once = opened.where(cases.c.answered_at.is_not(None), ~exists(told))
    with db.read() as conn:
        came = dict(conn.execute(opened).all())
        went = Counter(dict(conn.execute(answered).all())) + Counter(dict(conn.execute(at_once).all()))
    found = []
    at = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while at <= until:
        name = f"{at:%Y-%m-%d %H}"
        found.append(Hour(at, came.get(name, 0), went[name]))
        at += timedelta(hours=1)
    return found


def oldest(db: Database, limit: int = 5) -> list[Waiting]:
    """The people who wait longest for us."""
    names = (cases.c.id, cases.c.queue, cases.c.source, cases.c.state, cases.c.waiting_since, cases.c.due)
    rows = (
        select(*names, people.c.handle, people.c.name)
        .join(people, people.c.id == cases.c.person_id)
        .where(_IS_OPEN, _WAITS, *reach.conditions())
        .order_by(cases.c.waiting_since)
        .limit(limit)
    )
    with db.read() as conn:
        return [
            Waiting(r.id, r.queue, r.source, r.handle, r.name, State(r.state), r.waiting_since, r.due)
            for r in conn.execute(rows)
        ]


def ages(db: Database, edges: Sequence[timedelta]) -> list[int]:
    """How many people wait for us, by how long: less than the first edge, …, longer than the last."""
    now = db.clock()
    bands = [
        func.coalesce(func.sum(if_((cases.c.waiting_since > now - edge, 1), else_=0)), 0) for edge in edges
    ]
    wanted = select(*bands, func.count()).where(_IS_OPEN, _WAITS, *reach.conditions())
    with db.read() as conn:
        reached = [int(count) for count in conn.execute(wanted).one()]
    return [later - earlier for earlier, later in zip([0, *reached], reached, strict=False)]


def topics(db: Database, weeks: int) -> dict[str, tuple[int, ...]]:
    """Topic → cases opened about it in each of the last `weeks` times seven days, the latest first.

    A case about two topics counts for both; what was merged into another case counts there.
    """
    now = db.clock()
    week: ColumnElement[int] = if_(
        *((cases.c.opened_at > now - (back + 1) * WEEK, back) for back in range(weeks - 1)), else_=weeks - 1
    ).label("week")
    about = cast(mentions.c.topics, Text).label("about")
    wanted = (
        select(about, week, func.count())
        .select_from(cases.join(mentions, mentions.c.id == cases.c.mention_id))
        .where(cases.c.opened_at > now - weeks * WEEK, cases.c.state != State.MERGED.value)
        .where(*reach.conditions())
        .group_by(about, week)
    )
    found: dict[str, Counter[int]] = {}
    with db.read() as conn:
        for names, back, count in conn.execute(wanted):
            for name in json.loads(names):
                found.setdefault(name, Counter())[back] += count
    return {name: tuple(counts[back] for back in range(weeks)) for name, counts in sorted(found.items())}


def first_case(db: Database) -> datetime | None:
    """When the first case was opened; None before."""
    with db.read() as conn:
        first: datetime | None = conn.scalar(select(func.min(cases.c.opened_at)))
    return first


def stories(db: Database, since: datetime, *, echoes: int, limit: int = 5) -> list[Story]:
    """Cases opened since then whose words others repeated at least so often, the widest first."""
    heard = (mentions.c.echoes + posts.c.echoes).label("heard")
    wanted = (
        select(
            *(cases.c.id, cases.c.queue, cases.c.state, cases.c.source, people.c.handle, people.c.name),
            *(posts.c.title, posts.c.text, heard),
        )
        .select_from(
            cases.join(mentions, mentions.c.id == cases.c.mention_id)
            .join(posts, posts.c.id == mentions.c.post_id)
            .join(people, people.c.id == cases.c.person_id)
        )
        .where(cases.c.opened_at >= since, heard >= echoes, *reach.conditions())
        .order_by(heard.desc(), cases.c.id)
        .limit(limit)
    )
    with db.read() as conn:
        return [
            Story(r.id, r.queue, State(r.state), r.source, r.handle, r.name, r.title, r.text, r.heard)
            for r in conn.execute(wanted)
        ]
