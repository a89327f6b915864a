"""What goes into the outbox beside events of cases: work for a colleague, and how the desk itself stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from earnest.ledger.database import Database
from earnest.ledger.outbox import entry
from earnest.ledger.tables import outbox

AGAIN_AFTER = timedelta(hours=1)
"""A source that comes and goes is told of once in so long."""


def announce_colleague(conn: Connection, topic: str, case_id: int, key: str, *, at: datetime) -> None:
    """Tell of a case that was handed to a colleague, or of a note that calls one ("handed_over", "called").

    key: of the colleague's name (`calls.key_of`). In the transaction of the event.
    """
    conn.execute(insert(outbox).values(entry(topic, case_id, at, about=key[:200])))


def announce_fuse(conn: Connection, rule: str, *, at: datetime) -> None:
    """Tell of a rule that was stopped, in the transaction that stops it."""
    conn.execute(insert(outbox).values(entry("fuse", None, at, about=rule[:200])))


def announce_digest(db: Database, target: str, due: datetime) -> None:
    """Have a receiver told its digest of this time, once, whoever else asks for it too."""
    with db.write(stages=False) as conn:
        row = entry("digest", None, db.clock(), due, about=target)
        conn.execute(db.upsert(outbox).on_conflict_do_nothing(), row)


def announce_sources(db: Database, deaf: Collection[str], fine: Collection[str]) -> None:
    """Tell of sources that went deaf since the last time, and of those that are heard again.

    What was told last is read from the outbox: nothing else remembers it.
    """
    now = db.clock()
    names = sorted({name[:200] for name in (*deaf, *fine)})
    with db.write() as conn:  # with the stages' lock: two passes must not both find it new
        last = (
            select(func.max(outbox.c.id))
            .where(outbox.c.about.in_(names), outbox.c.topic.in_(("deaf", "heard_again")))
            .group_by(outbox.c.about)
        )
        rows = conn.execute(select(outbox.c.about, outbox.c.topic, outbox.c.at).where(outbox.c.id.in_(last)))
        told = {row.about: row for row in rows}
        new = []
        for name in names:
            before = told.get(name)
            was_deaf = before is not None and before.topic == "deaf"
            is_deaf = name in {one[:200] for one in deaf}
            lately = before is not None and now - before.at < AGAIN_AFTER
            if is_deaf and not was_deaf and not lately:
                new.append(entry("deaf", None, now, about=name))
            elif was_deaf and not is_deaf:
                new.append(entry("heard_again", None, now, about=name))
        if new:
            conn.execute(insert(outbox), new)
