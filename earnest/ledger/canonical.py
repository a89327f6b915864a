"""The ledger as natural keys tell it: the same work, however it was cut by crashes, gives the same text.

Left out are surrogate numbers and what only says how the work was cut (the log of polls).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from earnest.ledger.database import Database
from earnest.ledger.tables import (
    case_events,
    case_posts,
    case_skills,
    case_words,
    cases,
    decisions,
    fuses,
    gaps,
    index_work,
    labels,
    mentions,
    outbox,
    people,
    polls,
    post_revisions,
    posts,
    set_asides,
    tombstones,
)

_TABLES = (
    people, posts, post_revisions, mentions, decisions, fuses, cases, case_posts, case_skills, case_words,
    case_events, labels, polls, gaps, set_asides, tombstones, index_work, outbox,
)  # fmt: skip
_LEFT_OUT = {
    "poll": {"version", "log_id", "last_asked"},
    "mention": {"held_by"},
    "outbox": {"key"},
    "post": {"checked_at"},
    "set_aside": {"times", "last_seen"},
}


def canonical(db: Database) -> str:
    """One line of JSON per row, sorted; equal exactly when two ledgers tell the same."""
    with db.read() as conn:
        names = _names(conn)
        lines = [line for table in _TABLES for line in _lines(conn, table, names)]
    return "\n".join(sorted(lines))


def _lines(conn: Connection, table: Table, names: dict[str, dict[int, Any]]) -> list[str]:
    left_out = _LEFT_OUT.get(table.name, set()) | {"id"}
    order = [table.c.id] if "id" in table.c else []
    lines = []
    for row in conn.execute(select(table).order_by(*order)).mappings():
        told: dict[str, Any] = {"": table.name}
        for column in table.c:
            value = row[column.name]
            if column.name in left_out:
                continue
            if column.foreign_keys and value is not None:
                target = next(iter(column.foreign_keys)).column.table.name
                value = names[target].get(value, value) if target in names else "…"
            elif table is mentions and column.name == "case_id":
                value = names["cases"].get(value)
            elif table is index_work and column.name == "mention_id":
                value = value is not None
            told[column.name] = value.isoformat() if isinstance(value, datetime) else value
        lines.append(json.dumps(told, ensure_ascii=False, sort_keys=True, default=str))
    return lines


def _names(conn: Connection) -> dict[str, dict[int, Any]]:
    """What rows are called when their number does not count."""
    person = {r.id: f"{r.source}/{r.native_id}" for r in conn.execute(select(people))}
    columns = select(posts.c.id, posts.c.source, posts.c.native_id)
    post = {r.id: f"{r.source}/{r.native_id}" for r in conn.execute(columns)}
    mention = {
        r.id: f"{post[r.post_id]}/{r.brand}"
        for r in conn.execute(select(mentions.c.id, mentions.c.post_id, mentions.c.brand))
    }
    case: dict[int, str] = {}
    turn: dict[str, int] = {}
    for r in conn.execute(select(cases).order_by(cases.c.id)):
        called = f"{r.brand}/{person[r.person_id]}/{r.conversation}"
        turn[called] = turn.get(called, 0) + 1
        case[r.id] = f"{called}/{turn[called]}"
    return {"person": person, "post": post, "mention": mention, "cases": case}
