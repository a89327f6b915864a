"""Numbers about the desk for whoever watches over it: how many wait, how long, and what happened lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case as if_
from sqlalchemy import func, select

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.history import SYSTEM
from earnest.ledger.tables import case_events, cases
from routing.case import Action, State

SOON = timedelta(hours=1)
"""Due within so long: due soon."""


@dataclass(frozen=True, slots=True)
class QueueGauge:
    """One queue: open cases, those nobody has taken, since when the first of these waits, those too late.

    soon: those that are due within the hour.
    """

    queue: str
    open: int
    free: int
    oldest: datetime | None
    overdue: int
    soon: int = 0


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened up to event `last`, after the one that was asked for."""

    last: int
    claims: int
    lease_expiries: int


def queues(db: Database) -> list[QueueGauge]:
    """Every queue that holds open cases, by name, of those that the one who asks may see."""
    free, now = cases.c.state == State.NEW.value, db.clock()
    soon = (cases.c.due > now) & (cases.c.due <= now + SOON)
    with db.read() as conn:
        rows = conn.execute(
            select(
                cases.c.queue,
                func.count().label("open"),
                func.sum(if_((free, 1), else_=0)).label("free"),
                func.min(if_((free, cases.c.waiting_since))).label("oldest"),
                func.sum(if_((cases.c.due <= now, 1), else_=0)).label("overdue"),
                func.sum(if_((soon, 1), else_=0)).label("soon"),
            )
            .where(cases.c.is_open, *reach.conditions())
            .group_by(cases.c.queue)
            .order_by(cases.c.queue)
        ).all()
    return [QueueGauge(r.queue, r.open, int(r.free), r.oldest, int(r.overdue), int(r.soon)) for r in rows]


def happened(db: Database, after: int) -> Happened:
    """Claims and leases that ran out since event `after`; reads only the events since then."""
    claim = case_events.c.action == Action.TAKE.value
    ran_out = (case_events.c.action == Action.RELEASE.value) & (case_events.c.who == SYSTEM)
    with db.read() as conn:
        row = conn.execute(
            select(
                func.coalesce(func.max(case_events.c.id), after),
                func.coalesce(func.sum(if_((claim, 1), else_=0)), 0),
                func.coalesce(func.sum(if_((ran_out, 1), else_=0)), 0),
            ).where(case_events.c.id > after)
        ).one()
    return Happened(row[0], int(row[1]), int(row[2]))
