"""What the queue is filtered by besides the case's own columns: copies of what its mention says.

The mention that speaks for a case tells its language, severity, urgency and topics. They are copied
onto the case in the transaction that changes either, so that filters and counts read one index.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, case, cast, func, or_, select, update

from earnest.ledger.database import chunks
from earnest.ledger.tables import cases, mentions
from earnest.ledger.views import QueueQuery

FACETS = ("language", "severity", "urgency", "topics")
"""The columns of a case that are copies."""
MOST = 1000
"""Characters of the topics' JSON that are kept: an index holds no more than a few thousand bytes."""


def of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """The copies, from a mention's row."""
    return {
        "language": row["language"],
        "severity": None if row["complaint"] is None else row["severity"],
        "urgency": row["urgency"],
        "topics": json.dumps(row["topics"], ensure_ascii=False, separators=(",", ":"))[:MOST],
    }


def renew(conn: Connection, case_ids: Collection[int]) -> None:
    """Copy anew onto these cases: another mention speaks for them now."""
    read = case((mentions.c.complaint.is_not(None), mentions.c.severity))
    topics = func.substr(cast(mentions.c.topics, Text), 1, MOST)
    said = {
        "language": mentions.c.language,
        "severity": read,
        "urgency": mentions.c.urgency,
        "topics": topics,
    }
    for some in chunks(sorted(case_ids)):
        speaking = cases.c.mention_id == mentions.c.id, cases.c.id.in_(some)
        conn.execute(update(cases).where(*speaking).values(said))


def renew_of(conn: Connection, mention_ids: Collection[int]) -> None:
    """Copy anew what these mentions say now: onto their cases, and those that these were merged into."""
    found: set[int] = set()
    for some in chunks(sorted(mention_ids)):
        theirs = select(mentions.c.case_id).where(mentions.c.id.in_(some), mentions.c.case_id.is_not(None))
        found.update(conn.scalars(theirs))
    new = set(found)
    while new:
        above: set[int] = set()
        for some in chunks(sorted(new)):
            into = select(cases.c.merged_into).where(cases.c.id.in_(some), cases.c.merged_into.is_not(None))
            above.update(conn.scalars(into))
        new = above - found
        found |= new
    renew(conn, found)


def conditions(query: QueueQuery) -> list[ColumnElement[bool]]:
    """What a query asks of the copies, as conditions on the table of cases."""
    asked: list[ColumnElement[bool]] = []
    if query.topics:
        # A small JSON array as text holds each name in quotes.
        named = (cases.c.topics.contains(f'"{topic}"', autoescape=True) for topic in query.topics)
        asked.append(or_(*named))
    for column, values in (
        (cases.c.severity, query.severities),
        (cases.c.urgency, query.urgencies),
        (cases.c.language, query.languages),
    ):
        if values:
            asked.append(column.in_(values))
    return [and_(*asked)] if asked else []
