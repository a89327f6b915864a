"""Two cases of one person become one, and two again.

The merged case keeps its posts and its history; the other one shows them too, is as urgent as both,
and hears what the person says next in either conversation. Taken apart, each has its own again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from earnest.ledger.database import Database
from earnest.ledger.history import change, plain, read_case, restored
from earnest.ledger.tables import case_events, case_posts, cases, decisions, mentions, posts

_WEIGHT = ("priority", "queue", "mention_id")


def joined(
    db: Database, conn: Connection, case: Mapping[Any, Any], into: int, *, who: str, now: datetime
) -> None:
    """Tell the case `into` that `case` (the row before it was merged) is part of it now."""
    target = read_case(conn, into)
    if target is None:
        return
    changes: dict[str, Any] = {"waiting_since": min(case["waiting_since"], target["waiting_since"])}
    changes["last_post_at"] = max(case["last_post_at"], target["last_post_at"])
    if case["priority"] > target["priority"]:
        changes |= {name: case[name] for name in _WEIGHT}
    if case["is_open"] and case["due"] is not None and target["due_left"] is None:
        changes["due"] = min(case["due"], target["due"] or case["due"])
    change(db, conn, target, "weigh", who=who, now=now, changes=changes, reason=_said(case))


def parted(db: Database, conn: Connection, case: Mapping[Any, Any], *, who: str, now: datetime) -> None:
    """Give `case` (the row while it was merged) what is its own, and the other back what it was."""
    target = read_case(conn, case["merged_into"])
    if target is None:
        return
    _take_back_posts(conn, case, target)
    merging = conn.execute(
        select(case_events)
        .where(case_events.c.case_id == target["id"], case_events.c.reason == _said(case))
        .order_by(case_events.c.id.desc())
        .limit(1)
    ).one_or_none()
    changes: dict[str, Any] = {}
    if merging is not None:
        before = restored(merging)
        # What changed again since has its own reason, and stays.
        changes = {n: v for n, v in before.items() if plain(target[n]) == merging.after[n]}
    speaking = changes.get("mention_id", target["mention_id"])
    if conn.scalar(select(mentions.c.case_id).where(mentions.c.id == speaking)) == case["id"]:
        changes["mention_id"] = _weightiest(conn, target["id"]) or speaking
    why = f"case {case['id']} stands by itself again"
    change(db, conn, target, "weigh", who=who, now=now, changes=changes, reason=why)


def _said(case: Mapping[Any, Any]) -> str:
    return f"case {case['id']} is part of this one"


def _take_back_posts(conn: Connection, case: Mapping[Any, Any], target: Mapping[Any, Any]) -> None:
    """What the person said in this conversation since went to the other case."""
    place = case["source"], case["conversation"]
    if place == (target["source"], target["conversation"]):
        return
    here = select(posts.c.id).where(posts.c.source == place[0], posts.c.conversation == place[1])
    conn.execute(
        update(case_posts)
        .where(case_posts.c.case_id == target["id"], case_posts.c.post_id.in_(here))
        .values(case_id=case["id"])
    )
    conn.execute(
        update(mentions)
        .where(mentions.c.case_id == target["id"], mentions.c.post_id.in_(here))
        .values(case_id=case["id"])
    )
    last = select(posts.c.created_at).join(case_posts, case_posts.c.post_id == posts.c.id)
    latest = conn.scalar(
        last.where(case_posts.c.case_id == case["id"]).order_by(posts.c.created_at.desc()).limit(1)
    )
    if latest is not None:
        conn.execute(update(cases).where(cases.c.id == case["id"]).values(last_post_at=latest))


def _weightiest(conn: Connection, case_id: int) -> int | None:
    """The mention of a case whose latest decision gave it the most weight."""
    latest = (decisions.c.mention_id == mentions.c.id) & (decisions.c.revision == mentions.c.decided)
    return conn.scalar(
        select(mentions.c.id)
        .join(decisions, latest)
        .where(mentions.c.case_id == case_id)
        .order_by(decisions.c.outcome.desc(), decisions.c.priority.desc(), mentions.c.id)
        .limit(1)
    )
