"""Fuses: a rule that opens too many new cases is stopped, and what it would open is held, not lost.

Counting, stopping and holding are part of the transaction that stores the decisions, so that a crash
or a second process can neither pass a blown fuse nor count a case twice. What is held waits
undecided until people lift the fuse or the rules change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from earnest.ledger.database import Database
from earnest.ledger.history import SYSTEM
from earnest.ledger.notices import announce_fuse
from earnest.ledger.rule_views import FuseView
from earnest.ledger.tables import cases, fuses, mentions
from routing.rules import Fuse, Rules

FuseOf = Callable[[str], Fuse | None]
"""rule → its fuse, None where it has none (`Rules.fuse_of`)."""


class FuseBox:
    """The fuses of one batch of decisions: ask `passes` for every case to be opened, then `file`."""

    def __init__(self, conn: Connection, fuse_of: FuseOf | None, *, rules: str, now: datetime) -> None:
        """rules: the version of the rules that decided."""
        self._conn, self._fuse_of, self._rules, self._now = conn, fuse_of, rules, now
        self._left: dict[str, int | None] = {}
        self._blown: dict[str, Fuse] = {}
        self._held: list[tuple[int, int, str]] = []

    def passes(self, rule: str, mention: Mapping[Any, Any]) -> bool:
        """Whether the rule may open one case more, for this mention; where not, the mention is held."""
        fuse = None if self._fuse_of is None else self._fuse_of(rule)
        if fuse is None:
            return True
        if rule not in self._left:
            self._left[rule] = self._room(rule, fuse)
        left = self._left[rule]
        if left is None:
            return True
        if left > 0:
            self._left[rule] = left - 1
            return True
        self._blown[rule] = fuse
        self._held.append((mention["id"], mention["revision"], rule))
        return False

    @property
    def held(self) -> int:
        """How many mentions were held."""
        return len(self._held)

    @property
    def stopped(self) -> tuple[str, ...]:
        """The rules that were stopped, by name."""
        return tuple(sorted(self._blown))

    def file(self) -> None:
        """Write what blew and what is held."""
        if not self._held:
            return
        numbers = {rule: self._number(rule, fuse) for rule, fuse in self._blown.items()}
        self._conn.execute(
            update(mentions)
            .where(mentions.c.id == bindparam("pk"))
            .values(held=bindparam("b_held"), held_by=bindparam("b_fuse")),
            [{"pk": pk, "b_held": revision, "b_fuse": numbers[rule]} for pk, revision, rule in self._held],
        )

    def _room(self, rule: str, fuse: Fuse) -> int | None:
        """How many cases the rule may still open; None: any number, since it was lifted a moment ago."""
        if self._standing(rule) is not None:
            return 0
        free = self._conn.scalar(select(func.max(fuses.c.free_until)).where(fuses.c.rule == rule))
        if free is not None and free > self._now:
            return None
        since = self._now - fuse.within
        opened = cases.c.rule == rule, cases.c.opened_at > (since if free is None else max(since, free))
        return max(0, fuse.cases - (self._conn.scalar(select(func.count()).where(*opened)) or 0))

    def _standing(self, rule: str) -> int | None:
        return self._conn.scalar(select(fuses.c.id).where(fuses.c.rule == rule, fuses.c.lifted_at.is_(None)))

    def _number(self, rule: str, fuse: Fuse) -> int:
        standing = self._standing(rule)
        if standing is not None:
            return standing
        blown = insert(fuses).values(
            rule=rule,
            rules=self._rules,
            most=fuse.cases,
            minutes=fuse.within.total_seconds() / 60,
            blown_at=self._now,
        )
        announce_fuse(self._conn, rule, at=self._now)
        return int(self._conn.execute(blown.returning(fuses.c.id)).scalar_one())


def blown(db: Database) -> list[FuseView]:
    """The fuses that are blown now, the oldest first, with how much each holds."""
    held = select(func.count()).where(
        mentions.c.held_by == fuses.c.id, mentions.c.held == mentions.c.revision
    )
    columns = select(fuses, held.where(mentions.c.present).scalar_subquery().label("held"))
    with db.read() as conn:
        rows = conn.execute(columns.where(fuses.c.lifted_at.is_(None)).order_by(fuses.c.id)).all()
    return [
        FuseView(
            rule=row.rule,
            blown_at=row.blown_at,
            cases=row.most,
            within=timedelta(minutes=row.minutes),
            held=row.held,
        )
        for row in rows
    ]


def lift(db: Database, rule: str, *, who: str) -> int | None:
    """Let through what a rule's fuse holds, and all that comes within its time from now.

    Returns how many mentions were held; None where that fuse is not blown.
    """
    now = db.clock()
    with db.write(durable=True) as conn:
        row = conn.execute(
            select(fuses.c.id, fuses.c.minutes).where(fuses.c.rule == rule, fuses.c.lifted_at.is_(None))
        ).one_or_none()
        if row is None:
            return None
        return _lift(conn, [row.id], who=who, now=now, free_until=now + timedelta(minutes=row.minutes))


def renew(db: Database, rules: Rules) -> int:
    """Lift the fuses that blew under other rules than these; returns how many mentions were held.

    Fuses are counted afresh from then on. Call it before mentions are routed by these rules.
    """
    old = select(fuses.c.id).where(fuses.c.lifted_at.is_(None), fuses.c.rules != rules.version)
    with db.read() as conn:
        if conn.scalar(old.limit(1)) is None:
            return 0
    now = db.clock()
    with db.write() as conn:
        return _lift(conn, conn.scalars(old).all(), who=SYSTEM, now=now, free_until=now)


def _lift(conn: Connection, which: Sequence[int], *, who: str, now: datetime, free_until: datetime) -> int:
    conn.execute(
        update(fuses).where(fuses.c.id.in_(which)).values(lifted_at=now, lifted_by=who, free_until=free_until)
    )
    freed = update(mentions).where(mentions.c.held_by.in_(which)).values(held=0, held_by=None)
    return conn.execute(freed).rowcount
