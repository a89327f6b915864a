"""Taking the best free case: one statement picks and takes it at once, whoever else claims.

This is what twenty people press all day, so it is written as bare as it can be: on PostgreSQL the
claim, its event and what search must know are one statement; SQLite, which is asked in this very
process, gets four.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from earnest.ledger import reach
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
    statements, values = _asked(db, queues, skills)
    values["who"] = responder
    claim = _take(db, statements, values, now, expires)
    if claim is None and not looked and release(now):
        claim = _take(db, statements, values, now, expires)
    return claim


def _asked(
    db: Database, queues: Sequence[str] | None, skills: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The statements in this database's words, and the values of the lists in them."""
    seen = reach.queues()
    if seen is not None:
        queues = seen if queues is None else [queue for queue in queues if queue in seen]
    values = {f"queue{n}": queue for n, queue in enumerate(queues or ())}
    values |= {f"skill{n}": skill for n, skill in enumerate(skills)}
    return _statements(db.sqlite, None if queues is None else len(queues), len(skills)), values


def _take(
    db: Database, statements: tuple[str, ...], values: dict[str, Any], now: datetime, expires: datetime
) -> Claim | None:
    who, until = values["who"], expires.isoformat()
    if not db.sqlite:
        with db.write(durable=True, stages=False) as conn:
            taking = values | {"now": now, "expires": expires, "until": until}
            taken = conn.exec_driver_sql(statements[0], taking).first()
            return None if taken is None else Claim(taken.id, taken.epoch, taken.version, expires)
    at = _stored(now)
    with db.bare() as bare:
        row = bare.execute(statements[0], values | {"expires": _stored(expires)}).fetchone()
        if row is None:
            return None
        claim = Claim(row[0], row[1], row[2], expires)
        free = {"state": "new", "owner": None, "lease_expires": None, "epoch": claim.epoch - 1}
        held = {"state": "assigned", "owner": who, "lease_expires": until, "epoch": claim.epoch}
        told = {"id": claim.case_id, "now": at, "who": who}
        told |= {"before": json.dumps(free), "after": json.dumps(held)}
        for statement in statements[1:]:
            bare.execute(statement, told)
        return claim


def _stored(when: datetime) -> str:
    """A moment as SQLite's tables hold it; see columns.Utc."""
    return when.replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _statements(sqlite: bool, queues: int | None, skills: int) -> tuple[str, ...]:
    """The claim, for so many queues (None: any) and skills.

    For the driver itself: what SQLAlchemy does around a statement takes longer than these do.
    """
    some = {"queues": "", "skills": ""}
    if queues is not None:
        some["queues"] = f"AND queue IN ({_names('queue', queues) or 'NULL'})"
    if skills:
        some["skills"] = f"AND case_skill.skill NOT IN ({_names('skill', skills)})"
    if sqlite:
        return tuple(statement.format(**some) for statement in _STEP_BY_STEP)
    return (re.sub(r":(\w+)", r"%(\1)s", _AT_ONCE.format(**some)),)


def _names(name: str, count: int) -> str:
    return ", ".join(f":{name}{n}" for n in range(count))
