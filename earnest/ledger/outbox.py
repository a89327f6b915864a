"""The outbox: what happened to cases and other systems should hear, kept until they have.

A message is written in the transaction of the event that it tells of, so that neither is there
without the other. It is told at least once: whoever takes one holds it for a while, and where they
die before they settle it, it is taken again. Order is not promised.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from earnest.ledger.database import Database, chunks
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import cases, mentions
from earnest.ledger.telling_tables import TOPICS, attempts, deliveries, outbox, targets
from earnest.ledger.wanted import Wanted
from routing.case import OPEN, Action, State

URGENT = 2
"""A mention's urgency (0 to 3) from which somebody should hear of the case at once."""
REACH_BACK = timedelta(hours=1)
"""A receiver met for the first time hears what happened in so long before."""
HOLD = timedelta(minutes=2)
"""How long a message is kept from others while somebody tells it: longer than a send may take."""
KEEP = timedelta(days=30)
"""Settled messages are kept so long, with the log of their delivery."""

_ENDED = (State.RESOLVED, State.DISMISSED)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one receiver. key: its name there, the same in every try. tries: with this one.

    case_id: None where it is not about a case. about: the colleague, rule, source or receiver instead.
    """

    pk: int
    key: str
    topic: str
    case_id: int | None
    at: datetime
    tries: int
    about: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a receiver stands. oldest: when the oldest message that waits was written. dead: given up.

    failing_since: the first of the tries that failed since one last arrived; said: what the latest
    of them met. None and "" where the latest try arrived.
    """

    target: str
    waiting: int
    oldest: datetime | None
    dead: int
    delivered_at: datetime | None
    failing_since: datetime | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to tell a receiver. status: of HTTP, where there was an answer. said: what went wrong."""

    at: datetime
    topic: str
    case_id: int | None
    arrived: bool
    status: int | None
    said: str
    seconds: float


def topic_of(action: str, before: str, after: str) -> str | None:
    """What an event is to other systems; None where they need not hear of it."""
    match action:
        case "open":
            return "opened"
        case Action.RESOLVE:
            return "resolved"
        case Action.WITHDRAW:
            return "withdrawn"
        case Action.HEAR if before in _ENDED:
            return "came_back"
        case Action.REOPEN | "undo" if before in _ENDED and after in OPEN:
            return "reopened"
        case "undo" if after == State.RESOLVED and before != after:
            return "resolved"
    return None


def entry(
    topic: str, case_id: int | None, at: datetime, due: datetime | None = None, *, about: str = ""
) -> dict[str, Any]:
    """A row of the outbox."""
    return {
        "key": uuid.uuid4().hex, "topic": topic, "case_id": case_id, "at": at, "due": due, "about": about,
    }  # fmt: skip


def announce(conn: Connection, case_id: int, action: str, before: str, after: str, *, at: datetime) -> None:
    """Put an event into the outbox where it is worth telling; in the event's own transaction."""
    topic = topic_of(action, before, after)
    if topic is not None:
        conn.execute(insert(outbox).values(entry(topic, case_id, at)))


def announce_many(
    db: Database, conn: Connection, events: Sequence[tuple[int, Mapping[str, Any]]], *, at: datetime
) -> None:
    """The same for a batch of events (case, row of the event), whose cases are written already.

    Cases that are open and urgent now are told as such, each once.
    """
    rows = []
    for case_id, event in events:
        topic = topic_of(event["action"], event["before_state"], event["after_state"])
        if topic is not None:
            rows.append(entry(topic, case_id, at))
    for some in chunks(sorted({case_id for case_id, _ in events})):
        pressing = select(cases.c.id).join(mentions, mentions.c.id == cases.c.mention_id)
        pressing = pressing.where(cases.c.id.in_(some), cases.c.is_open, mentions.c.urgency >= URGENT)
        rows += [entry("urgent", case_id, at) for case_id in conn.scalars(pressing.order_by(cases.c.id))]
    if rows:
        conn.execute(db.upsert(outbox).on_conflict_do_nothing(), rows)


def announce_overdue(db: Database, conn: Connection, now: datetime) -> int:
    """Tell of every case whose due time passed, once for each due time; returns how many."""
    late = untold(conn, now)
    if late:
        rows = [entry("overdue", case_id, now, due) for case_id, due in late]
        conn.execute(db.upsert(outbox).on_conflict_do_nothing(), rows)
    return len(late)


def untold(conn: Connection, now: datetime) -> Sequence[Any]:
    """(case, due) of cases whose due time passed and was not told of yet; some hundreds at most."""
    said = select(outbox.c.id).where(
        outbox.c.case_id == cases.c.id, outbox.c.topic == "overdue", outbox.c.due == cases.c.due
    )
    return conn.execute(
        select(cases.c.id, cases.c.due)
        .where(cases.c.due <= now, cases.c.is_open, ~exists(said))
        .order_by(cases.c.due)
        .limit(500)
    ).all()


class Outbox:
    """The outbox of a ledger, for those who tell."""

    def __init__(self, db: Database) -> None:
        """Stand on a ledger's database (`Ledger.database`)."""
        self._db = db

    def meet(self, target: str) -> None:
        """Know a receiver from now on: what happens waits for it, also while it cannot be told."""
        with self._db.read() as conn:
            if conn.scalar(select(targets.c.name).where(targets.c.name == target)) is not None:
                return
        with self._db.write(stages=False) as conn:
            self._met(conn, target, self._db.clock())

    def take(self, target: str, topics: Sequence[str] = TOPICS) -> Message | None:
        """The oldest message that `target` should get now; None where there is none. See `take_some`."""
        return next(iter(self.take_some(target, Wanted(tuple(topics)), most=1)), None)

    def take_some(
        self, target: str, wanted: Wanted, *, most: int, only: Sequence[str] = TOPICS
    ) -> list[Message]:
        """The oldest messages that `target` should get now, at most so many; the others wait on.

        They are held for two minutes: settle them before. Another process gets others. only: the
        topics that may be told at this hour.
        """
        now = self._db.clock()
        with self._db.write(stages=False) as conn:
            self._address(conn, target, wanted, now)
            due = (
                select(deliveries.c.outbox_id)
                .join(outbox, outbox.c.id == deliveries.c.outbox_id)
                .where(deliveries.c.target == target, deliveries.c.next_at <= now)
                .where(outbox.c.topic.in_(only))
                .order_by(deliveries.c.next_at, deliveries.c.outbox_id)
                .limit(most)
                .with_for_update(skip_locked=True, of=deliveries)
                .cte("due")  # a mere subquery PostgreSQL may run once per row, and take more than `most`
            )
            taken = conn.execute(
                update(deliveries)
                .where(deliveries.c.target == target, deliveries.c.outbox_id.in_(select(due.c.outbox_id)))
                .values(tries=deliveries.c.tries + 1, next_at=now + HOLD)
                .returning(deliveries.c.outbox_id, deliveries.c.tries)
            )
            tries = {row.outbox_id: row.tries for row in taken}
            rows = conn.execute(select(outbox).where(outbox.c.id.in_(tries)).order_by(outbox.c.id)).all()
            return [_message(row, tries[row.id]) for row in rows]

    def waiting(
        self, target: str, wanted: Wanted | Sequence[str] = TOPICS, limit: int = 500
    ) -> list[Message]:
        """What would be taken now, oldest first, without taking it."""
        now = self._db.clock()
        if not isinstance(wanted, Wanted):
            wanted = Wanted(tuple(wanted))
        mine = and_(deliveries.c.outbox_id == outbox.c.id, deliveries.c.target == target)
        with self._db.read() as conn:
            fresh = and_(deliveries.c.outbox_id.is_(None), self._since(conn, target, now), wanted.condition())
            rows = conn.execute(
                select(outbox, func.coalesce(deliveries.c.tries, 0).label("tries"))
                .select_from(outbox.outerjoin(deliveries, mine))
                .where(or_(fresh, deliveries.c.next_at <= now))
                .order_by(outbox.c.id)
                .limit(limit)
            ).all()
        return [_message(row, row.tries) for row in rows]

    def settle(
        self,
        target: str,
        message: Message,
        *,
        arrived: bool,
        said: str,
        seconds: float,
        status: int | None = None,
        again_at: datetime | None = None,
    ) -> None:
        """Note how a try went. again_at: when to try once more; what did not arrive is dead without."""
        now = self._db.clock()
        ended = {"delivered_at": now} if arrived else {"dead_at": now} if again_at is None else {}
        with self._db.write(durable=True, stages=False) as conn:
            conn.execute(
                insert(attempts).values(
                    outbox_id=message.pk,
                    target=target,
                    at=now,
                    arrived=arrived,
                    status=status,
                    said=said,
                    seconds=seconds,
                )
            )
            conn.execute(
                update(deliveries)
                .where(deliveries.c.outbox_id == message.pk, deliveries.c.target == target)
                .values({"next_at": None if arrived else again_at, **ended})
            )

    def revive(self, target: str) -> int:
        """Have everything that was given up for `target` told again, from the first try; returns how much."""
        with self._db.write(durable=True, stages=False) as conn:
            dead = deliveries.c.target == target, deliveries.c.dead_at.is_not(None)
            again = update(deliveries).where(*dead).values(dead_at=None, tries=0, next_at=self._db.clock())
            return conn.execute(again).rowcount

    def standings(self, receivers: Mapping[str, Wanted]) -> list[Standing]:
        """How each of these receivers stands: name → what it is told of."""
        found = []
        for name, wanted in receivers.items():
            count, oldest = self._unsettled(name, wanted)
            mine, tried = deliveries.c.target == name, attempts.c.target == name
            with self._db.read() as conn:
                dead = conn.scalar(select(func.count()).where(mine, deliveries.c.dead_at.is_not(None)))
                last = conn.scalar(select(func.max(deliveries.c.delivered_at)).where(mine))
                well = select(func.max(attempts.c.id)).where(tried, attempts.c.arrived)
                since = func.coalesce(well.scalar_subquery(), 0)
                failed = conn.execute(
                    select(func.min(attempts.c.at), func.max(attempts.c.id)).where(
                        tried, attempts.c.id > since
                    )
                ).one()
                said = conn.scalar(select(attempts.c.said).where(attempts.c.id == failed[1])) or ""
            found.append(Standing(name, count, oldest, dead or 0, last, failed[0], said))
        return found

    def log(self, target: str, limit: int = 100) -> list[Try]:
        """The latest tries for a receiver, newest first."""
        with self._db.read() as conn:
            rows = conn.execute(
                select(attempts, outbox.c.topic, outbox.c.case_id)
                .join(outbox, outbox.c.id == attempts.c.outbox_id)
                .where(attempts.c.target == target)
                .order_by(attempts.c.id.desc())
                .limit(limit)
            ).all()
        return [Try(r.at, r.topic, r.case_id, r.arrived, r.status, r.said, r.seconds) for r in rows]

    def prune(self) -> int:
        """Let go of messages older than 30 days that nobody waits for; returns how many."""
        before = self._db.clock() - KEEP
        open_case = select(cases.c.id).where(cases.c.id == outbox.c.case_id, cases.c.is_open)
        kept = and_(outbox.c.topic.in_(("overdue", "urgent")), exists(open_case))  # else it were told again
        waits = select(deliveries.c.outbox_id).where(
            deliveries.c.outbox_id == outbox.c.id, deliveries.c.delivered_at.is_(None)
        )
        with self._db.write(stages=False) as conn:
            which = select(outbox.c.id).where(outbox.c.at < before, ~kept, ~exists(waits)).limit(500)
            pks = list(conn.scalars(which))
            for table in (attempts, deliveries):
                conn.execute(delete(table).where(table.c.outbox_id.in_(pks)))
            conn.execute(delete(outbox).where(outbox.c.id.in_(pks)))
        return len(pks)

    def _unsettled(self, target: str, wanted: Wanted) -> tuple[int, datetime | None]:
        """How many messages a receiver has not got and will, and when the oldest was written."""
        now = self._db.clock()
        mine = and_(deliveries.c.outbox_id == outbox.c.id, deliveries.c.target == target)
        with self._db.read() as conn:
            fresh = and_(deliveries.c.outbox_id.is_(None), self._since(conn, target, now), wanted.condition())
            row = conn.execute(
                select(func.count(), func.min(outbox.c.at))
                .select_from(outbox.outerjoin(deliveries, mine))
                .where(or_(fresh, deliveries.c.next_at.is_not(None)))
            ).one()
        return row[0], row[1]

    def _since(self, conn: Connection, target: str, now: datetime) -> ColumnElement[bool]:
        """Messages that are not too old for this receiver."""
        since = conn.scalar(select(targets.c.since).where(targets.c.name == target)) or now - REACH_BACK
        return outbox.c.at >= max(since, now - KEEP)

    def _met(self, conn: Connection, target: str, now: datetime) -> None:
        met = self._db.upsert(targets).on_conflict_do_nothing()
        conn.execute(met, {"name": target, "since": now - REACH_BACK})

    def _address(self, conn: Connection, target: str, wanted: Wanted, now: datetime) -> None:
        """A delivery for every message that this receiver should get and has none of."""
        self._met(conn, target, now)
        mine = select(deliveries.c.outbox_id).where(
            deliveries.c.outbox_id == outbox.c.id, deliveries.c.target == target
        )
        fresh = select(outbox.c.id, literal(target), outbox.c.at).where(
            self._since(conn, target, now), wanted.condition(), ~exists(mine)
        )
        conn.execute(
            self._db.upsert(deliveries)
            .from_select(["outbox_id", "target", "next_at"], fresh)
            .on_conflict_do_nothing()
        )


def _message(row: AnyRow, tries: int) -> Message:
    return Message(row.id, row.key, row.topic, row.case_id, row.at, tries, row.about)
