"""Two cases of one person become one, and two again.

The merged case keeps its posts and its history; the other one shows them too, is as urgent as both,
and hears what the person says next in either conversation. Taken apart, each has its own again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Give `case` (the row while it was merged) what is its own, and the others back what they were."""
    others = _chain(conn, case["merged_into"])
    for member in _members(conn, case["id"]):
        _take_back_posts(conn, case, member, [other["id"] for other in others])
    for other in others:
        changes = _as_before(conn, case, other)
        speaking = changes.get("mention_id", other["mention_id"])
        staying = _members(conn, other["id"], without=case["id"])
        if conn.scalar(select(mentions.c.case_id).where(mentions.c.id == speaking)) not in staying:
            changes |= _weightiest(conn, staying)
        if changes or other is others[0]:
            why = f"case {case['id']} stands by itself again"
            change(db, conn, other, "weigh", who=who, now=now, changes=changes, reason=why)


def _said(case: Mapping[Any, Any]) -> str:
    return f"case {case['id']} is part of this one"


def _chain(conn: Connection, case_id: int | None) -> list[Mapping[Any, Any]]:
    """The case that another was merged into, the one that this was merged into, and so on."""
    chain: list[Mapping[Any, Any]] = []
    while case_id is not None and case_id not in {case["id"] for case in chain}:
        case = read_case(conn, case_id)
        if case is None:
            break
        chain.append(case)
        case_id = case["merged_into"]
    return chain


def _members(conn: Connection, case_id: int, *, without: int | None = None) -> list[int]:
    """The case and every case merged into it, also in turn; `without`: not that one, nor what is in it."""
    found = [case_id]
    for one in found:
        inside = conn.scalars(select(cases.c.id).where(cases.c.merged_into == one).order_by(cases.c.id))
        found += [pk for pk in inside if pk != without and pk not in found]
    return found


def _as_before(conn: Connection, case: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[str, Any]:
    """What the merge changed in the other case, as it was; what changed again since stays."""
    merging = conn.execute(
        select(case_events)
        .where(case_events.c.case_id == other["id"], case_events.c.reason == _said(case))
        .order_by(case_events.c.id.desc())
        .limit(1)
    ).one_or_none()
    if merging is None:
        return {}
    return {n: v for n, v in restored(merging).items() if plain(other[n]) == merging.after[n]}


def _take_back_posts(conn: Connection, case: Mapping[Any, Any], member: int, others: Sequence[int]) -> None:
    """What the person said since in the conversation of `member`, a part of `case`, went to the others."""
    places = select(cases.c.source, cases.c.conversation)
    source, conversation = conn.execute(places.where(cases.c.id == member)).one()
    of_others = places.where(cases.c.id.in_(others))
    if (source, conversation) in {tuple(row) for row in conn.execute(of_others)}:
        return
    here = select(posts.c.id).where(posts.c.source == source, posts.c.conversation == conversation)
    conn.execute(
        update(case_posts)
        .where(case_posts.c.case_id.in_(others), case_posts.c.post_id.in_(here))
        .values(case_id=case["id"])
    )
    conn.execute(
        update(mentions)
        .where(mentions.c.case_id.in_(others), mentions.c.post_id.in_(here))
        .values(case_id=case["id"])
    )
    last = select(posts.c.created_at).join(case_posts, case_posts.c.post_id == posts.c.id)
    latest = conn.scalar(
        last.where(case_posts.c.case_id == case["id"]).order_by(posts.c.created_at.desc()).limit(1)
    )
    if latest is not None:
        conn.execute(update(cases).where(cases.c.id == case["id"]).values(last_post_at=latest))


def _weightiest(conn: Connection, case_ids: Sequence[int]) -> dict[str, Any]:
    """What speaks for these cases: the mention whose latest decision weighs most, its queue and priority."""
    latest = (decisions.c.mention_id == mentions.c.id) & (decisions.c.revision == mentions.c.decided)
    found = conn.execute(
        select(mentions.c.id, decisions.c.priority, decisions.c.queue)
        .join(decisions, latest)
        .where(mentions.c.case_id.in_(case_ids))
        .order_by(decisions.c.outcome.desc(), decisions.c.priority.desc(), mentions.c.id)
        .limit(1)
    ).one_or_none()
    if found is None:
        return {}
    weight = {"priority": found.priority, "queue": found.queue} if found.queue else {}
    return {"mention_id": found.id, **weight}
