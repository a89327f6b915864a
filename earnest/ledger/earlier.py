"""How a person's cases went, in short: for whoever meets them again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from earnest.ledger import reach
from earnest.ledger.tables import cases, mentions, posts
from earnest.ledger.views import EarlierCase
from routing.case import State


def cases_where(
    conn: Connection, *which: ColumnElement[Any], most: int | None = None
) -> tuple[EarlierCase, ...]:
    """The cases that fit and that the one who asks may see, newest first; `most` of them."""
    names = ("id", "state", "opened_at", "closed_at", "closed_reason", "version", "merged_into", "owner")
    columns = (
        select(*(cases.c[name] for name in names), cases.c.answered_at, cases.c.told_at, posts.c.text)
        .join(mentions, mentions.c.id == cases.c.mention_id)
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(*which, *reach.conditions())
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(most)
    )
    return tuple(
        EarlierCase(
            case_id=row.id,
            state=State(row.state),
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            closed_reason=row.closed_reason,
            text=row.text,
            version=row.version,
            merged_into=row.merged_into,
            answered=row.answered_at is not None,
            told=row.told_at is not None,
            owner=row.owner or None,
        )
        for row in conn.execute(columns)
    )
