"""What is new since somebody looked, and what people say of mentions that nobody was shown."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, insert, select, update

from earnest.ledger.database import Database
from earnest.ledger.routing import to_route
from earnest.ledger.tables import case_events, cases, labels, mentions, posts
from earnest.ledger.views import MentionWork
from routing.case import Action

_ARRIVING = ("open", Action.HEAR.value, Action.REOPEN.value, Action.WAKE.value)
"""Events after which somebody waits who did not before, or said more."""
LOOKED = 10_000
"""Events that a count of arrivals goes back at most: more than a day of twenty people brings."""


def last_event(db: Database) -> int:
    """The number of the latest event of any case, 0 before the first. One index read."""
    with db.read() as conn:
        return conn.scalar(select(func.max(case_events.c.id))) or 0


def arrivals(db: Database, wanted: list[ColumnElement[bool]], since: int, *, looked: int = LOOKED) -> int:
    """How many cases that fit `wanted` (conditions on cases) began to wait after event `since`.

    Only the latest `looked` events are gone through, from however long ago one asks.
    """
    with db.read() as conn:
        last = conn.scalar(select(func.max(case_events.c.id))) or 0
        since = max(since, last - looked)
        return (
            conn.scalar(
                select(func.count(func.distinct(case_events.c.case_id)))
                .select_from(case_events.join(cases, cases.c.id == case_events.c.case_id))
                .where(case_events.c.id > since, case_events.c.action.in_(_ARRIVING), *wanted)
            )
            or 0
        )


def label(db: Database, source: str, post_id: str, brand: str, *, label: str, who: str) -> bool:
    """Keep a person's word on a mention beside the model's version, once per person and word.

    False where we do not hold the mention.
    """
    with db.write(durable=True, stages=False) as conn:
        found = conn.execute(
            select(mentions.c.id, mentions.c.model)
            .join(posts, posts.c.id == mentions.c.post_id)
            .where(posts.c.source == source, posts.c.native_id == post_id, mentions.c.brand == brand)
        ).one_or_none()
        if found is None:
            return False
        said = select(labels.c.id).where(
            labels.c.mention_id == found.id,
            labels.c.who == who,
            labels.c.label == label,
            labels.c.undone_at.is_(None),
        )
        if conn.scalar(said) is None:
            conn.execute(
                insert(labels).values(
                    mention_id=found.id, label=label, model=found.model, who=who, at=db.clock()
                )
            )
        return True


def reconsider(db: Database, source: str, post_id: str, brand: str) -> MentionWork | None:
    """Have a mention that is in no case decided once more; None where there is no such mention."""
    with db.write() as conn:
        posted = select(posts.c.id).where(posts.c.source == source, posts.c.native_id == post_id)
        pk = conn.scalar(
            update(mentions)
            .where(mentions.c.post_id.in_(posted.scalar_subquery()), mentions.c.brand == brand)
            .where(mentions.c.present, mentions.c.case_id.is_(None), ~mentions.c.own_voice)
            .values(revision=mentions.c.revision + 1)
            .returning(mentions.c.id)
        )
    works = [] if pk is None else to_route(db, only=pk)
    return works[0] if works else None


def labels_on(db: Database, source: str, post_id: str, brand: str) -> list[tuple[str, str]]:
    """What people said of a mention: (label, who), oldest first, without what was taken back."""
    with db.read() as conn:
        rows = conn.execute(
            select(labels.c.label, labels.c.who)
            .join(mentions, mentions.c.id == labels.c.mention_id)
            .join(posts, posts.c.id == mentions.c.post_id)
            .where(posts.c.source == source, posts.c.native_id == post_id, mentions.c.brand == brand)
            .where(labels.c.undone_at.is_(None))
            .order_by(labels.c.id)
        ).all()
    return [(row.label, row.who) for row in rows]
