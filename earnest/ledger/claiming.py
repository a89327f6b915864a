"""Taking the best free case: one statement picks and takes it at once, whoever else claims.

This is what twenty people press all day, so it is written as bare as it can be: on PostgreSQL the
claim, its event and what search must know are one statement; SQLite, which is asked in this very
process, gets four.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from earnest.ledger import reach
from earnest.ledger.columns import Utc
from earnest.ledger.database import Database
from earnest.ledger.views import Claim

LOOK_EVERY = timedelta(seconds=1)
"""How often claims look for leases that ran out; and always before they say that nobody waits."""

_BEST = """
SELECT id FROM cases WHERE state = 'new' {queues} AND NOT EXISTS (
    SELECT 1 FROM case_skill WHERE case_skill.case_id = cases.id {skills})
ORDER BY priority DESC, waiting_since, id LIMIT 1
"""
_TAKE = """
UPDATE cases SET state = 'assigned', owner = :who, lease_expires = :expires,
    epoch = epoch + 1, version = version + 1
"""
_TELL = "INSERT INTO case_event (case_id, at, who, action, before_state, after_state, before, after) "
_CHANGE = "UPDATE mention SET index_version = index_version + 1 "
_QUEUE = "INSERT INTO index_work (document, version, mention_id) "
_OVER = "ON CONFLICT (document) DO UPDATE SET version = excluded.version, mention_id = excluded.mention_id"

_AT_ONCE = f"""
WITH best AS MATERIALIZED ({_BEST} FOR UPDATE SKIP LOCKED),
taken AS (
    {_TAKE} FROM best WHERE cases.id = best.id RETURNING cases.id, cases.epoch, cases.version),
told AS (
    {_TELL} SELECT id, :now, :who, 'take', 'new', 'assigned',
        json_build_object('state', 'new', 'owner', NULL, 'lease_expires', NULL, 'epoch', epoch - 1),
        json_build_object('state', 'assigned', 'owner', CAST(:who AS text),
                          'lease_expires', CAST(:until AS text), 'epoch', epoch)
    FROM taken),
changed AS (
    {_CHANGE} FROM taken WHERE mention.case_id = taken.id AND mention.present
    RETURNING mention.document, mention.index_version, mention.id),
queued AS ({_QUEUE} SELECT document, index_version, id FROM changed {_OVER})
SELECT id, epoch, version FROM taken
"""  # noqa: S608 (pieces from this page)
_STEP_BY_STEP = (
    f"{_TAKE} WHERE id = ({_BEST}) RETURNING id, epoch, version",
    f"{_TELL} VALUES (:id, :now, :who, 'take', 'new', 'assigned', :before, :after)",
    f"{_CHANGE} WHERE case_id = :id AND present",
    f"{_QUEUE} SELECT document, index_version, id FROM mention "  # noqa: S608 (pieces from this page)
    f"WHERE case_id = :id AND present {_OVER}",
)


def claim_next(
    db: Database,
    responder: str,
    *,
    queues: Sequence[str] | None,
    skills: Sequence[str],
    lease_minutes: float,
    release: Callable[[datetime], int],
) -> Claim | None:
    """Take the best free case of these queues (None: any) that asks for no skill beyond `skills`.

    release: frees the cases whose lease ran out, or whose sleep ended, at a time; returns how many.
    """
    now = db.clock()
    looked = db.looked_at is None or not timedelta() <= now - db.looked_at < LOOK_EVERY
    if looked:
        release(now)
        db.looked_at = now
    expires = now + timedelta(minutes=lease_minutes)
    values, statements = _asked(db, queues, skills)
    values |= {"who": responder, "expires": expires}
    claim = _take(db, statements, values, now)
    if claim is None and not looked and release(now):
        claim = _take(db, statements, values, now)
    return claim


def _asked(
    db: Database, queues: Sequence[str] | None, skills: Sequence[str]
) -> tuple[dict[str, Any], tuple[TextClause, ...]]:
    """The statements, and the lists in them."""
    seen = reach.queues()
    if seen is not None:
        queues = seen if queues is None else [queue for queue in queues if queue in seen]
    lists: dict[str, Any] = {} if queues is None else {"queues": list(queues)}
    if skills:
        lists["skills"] = list(skills)
    return lists, _statements(db.sqlite, queues is not None, bool(skills))


def _take(
    db: Database, statements: tuple[TextClause, ...], values: dict[str, Any], now: datetime
) -> Claim | None:
    who, expires = values["who"], values["expires"]
    if not db.sqlite:
        values = values | {"now": now, "until": expires.isoformat()}
    with db.write(durable=True, stages=False) as conn:
        taken = conn.execute(statements[0], values).first()
        if taken is None:
            return None
        claim = Claim(taken.id, taken.epoch, taken.version, expires)
        if not db.sqlite:
            return claim
        free = {"state": "new", "owner": None, "lease_expires": None, "epoch": taken.epoch - 1}
        held = {"state": "assigned", "owner": who, "lease_expires": expires.isoformat(), "epoch": taken.epoch}
        told = {"id": taken.id, "now": now, "who": who, "before": json.dumps(free), "after": json.dumps(held)}
        conn.execute(statements[1], told)
        for statement in statements[2:]:
            conn.execute(statement, {"id": taken.id})
        return claim


@cache
def _statements(sqlite: bool, queues: bool, skills: bool) -> tuple[TextClause, ...]:
    """The claim in this database's words. With `queues` and `skills`, lists of them are its parameters."""
    some = {
        "queues": "AND queue IN :queues" if queues else "",
        "skills": "AND case_skill.skill NOT IN :skills" if skills else "",
    }
    lists: list[Any] = [bindparam(name, expanding=True) for name, condition in some.items() if condition]
    if not sqlite:
        times = [bindparam(name, type_=Utc()) for name in ("expires", "now")]
        return (text(_AT_ONCE.format(**some)).bindparams(*lists, *times),)
    take, tell, *index = _STEP_BY_STEP
    return (
        text(take.format(**some)).bindparams(*lists, bindparam("expires", type_=Utc())),
        text(tell).bindparams(bindparam("now", type_=Utc())),
        *(text(statement) for statement in index),
    )
