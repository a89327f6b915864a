"""How many cases fit a view, counted no further than a person reads; and the languages people wait in."""

from __future__ import annotations

from sqlalchemy import func, select

from earnest.ledger import reach
from earnest.ledger.cases import wanted
from earnest.ledger.database import Database
from earnest.ledger.tables import cases
from earnest.ledger.views import QueueQuery

ENOUGH = 100
"""More than 99 is many; counting on would cost more and say no more."""


def tally(db: Database, query: QueueQuery) -> int:
    """How many cases fit the query, at most ENOUGH."""
    some = select(cases.c.id).where(*wanted(query)).limit(ENOUGH).subquery()
    with db.read() as conn:
        return conn.scalar(select(func.count()).select_from(some)) or 0


def languages(db: Database) -> list[str]:
    """The languages (ISO 639) of the people who wait, in alphabetical order."""
    with db.read() as conn:
        return list(
            conn.scalars(
                select(cases.c.language)
                .where(cases.c.is_open, *reach.conditions())
                .distinct()
                .order_by(cases.c.language)
            )
        )
