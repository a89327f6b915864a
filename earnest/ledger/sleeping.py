"""Cases that sleep until it gets worse: how bad they were when they were put to sleep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from earnest.ledger.tables import mentions, posts
from routing.case import State
from routing.sleep import Level, Until, worse


def sleeps(
    conn: Connection, case: Mapping[Any, Any], until: Until, moment: Any, *, owner: str
) -> dict[str, Any]:
    """The fields of a case that is put to sleep."""
    over = _level(conn, case["id"]) if until is Until.WORSE else None
    return {"snoozed_until": moment, "snoozed_for": until.value, "asleep_over": over, "owner": owner}


def stirred(case: Mapping[str, Any], row: Mapping[Any, Any]) -> str:
    """Why a sleeping case wakes, now that a mention of it was decided again; "" where it sleeps on."""
    if case["state"] != State.SNOOZED or case["snoozed_for"] != Until.WORSE or not case["asleep_over"]:
        return ""
    now = Level(row["severity"] or 0, row["urgency"] or 0, row["echoes"] or 0)
    return worse(Level(**case["asleep_over"]), now)


def _level(conn: Connection, case_id: int) -> dict[str, int]:
    """The worst of every mention of a case."""
    worst = select(
        func.max(mentions.c.severity).label("severity"),
        func.max(mentions.c.urgency).label("urgency"),
        func.max(mentions.c.echoes + posts.c.echoes).label("echoes"),
    ).join(posts, posts.c.id == mentions.c.post_id)
    row = conn.execute(worst.where(mentions.c.case_id == case_id, mentions.c.present)).one()
    return {"severity": row.severity or 0, "urgency": row.urgency or 0, "echoes": row.echoes or 0}
