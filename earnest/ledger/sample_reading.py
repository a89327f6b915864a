"""Several people reading one random sample at once: whose answer counts, and which were read before."""

from __future__ import annotations

from sqlalchemy import select, update

from earnest.ledger.database import Database
from earnest.ledger.sample_tables import ANSWERS
from earnest.ledger.tables import posts, sample_items, samples


def latest(db: Database, limit: int) -> list[int]:
    """The numbers of the last samples that were drawn, newest first."""
    with db.read() as conn:
        rows = conn.execute(select(samples.c.id).order_by(samples.c.id.desc()).limit(limit))
        return [int(number) for number in rows.scalars()]


def answer_first(db: Database, number: int, place: int, said: str, *, who: str) -> bool:
    """Keep what `who` says of one item that nobody has answered; False where somebody has, or it is gone.

    Raises ValueError for a word that is no answer.
    """
    if said not in ANSWERS:
        raise ValueError(f"{said!r} is none of {', '.join(ANSWERS)}")
    held = select(posts.c.id).where(posts.c.id == sample_items.c.post_id, posts.c.deleted_at.is_(None))
    with db.write(durable=True, stages=False) as conn:
        kept = conn.execute(
            update(sample_items)
            .where(sample_items.c.sample_id == number, sample_items.c.place == place)
            .where(sample_items.c.answer == "", held.exists())
            .values(answer=said, who=who, answered_at=db.clock())
        )
    return bool(kept.rowcount)


def take_back(db: Database, number: int, place: int, *, who: str) -> bool:
    """Take back what `who` said of one item; False where that is not theirs, or there is nothing."""
    with db.write(durable=True, stages=False) as conn:
        taken = conn.execute(
            update(sample_items)
            .where(sample_items.c.sample_id == number, sample_items.c.place == place)
            .where(sample_items.c.answer != "", sample_items.c.who == who)
            .values(answer="", who="", answered_at=None)
        )
    return bool(taken.rowcount)
