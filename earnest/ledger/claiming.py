"""Taking the best free case: one statement picks and takes it at once, whoever else claims.

This is what twenty people press all day, so it is written as bare as it can be: on PostgreSQL the
claim, its event and what search must know are one call of a function that lies there (made by the
migration 0012), and its own transaction; SQLite, which is asked in this very process, gets three
statements with the same words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.views import Claim

LOOK_EVERY = timedelta(seconds=1)
"""How often claims look for leases that ran out; and always before they say that nobody waits."""

_CALL = "SELECT claim_case(%s, %s, %s, %s, %s, %s)"
_TAKE = """
UPDATE cases SET state = 'assigned', owner = :who, lease_expires = :expires,
    epoch = epoch + 1, version = version + 1
WHERE id = (
    SELECT id FROM cases WHERE state = 'new' {queues} AND NOT EXISTS (
        SELECT 1 FROM case_skill WHERE case_skill.case_id = cases.id {skills})
    ORDER BY priority DESC, waiting_since, id LIMIT 1)
RETURNING id, epoch, version
"""
_TELL = """
INSERT INTO case_event (case_id, at, who, action, before_state, after_state, before, after)
VALUES (:id, :now, :who, 'take', 'new', 'assigned', :before, :after)
"""
_FREE = '{"state": "new", "owner": null, "lease_expires": null, "epoch": %d}'
_HELD = '{"state": "assigned", "owner": %s, "lease_expires": "%s", "epoch": %d}'
_LIST = "INSERT INTO case_work (case_id) VALUES (:id)"


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
    seen = reach.queues()
    if seen is not None:
        queues = seen if queues is None else [queue for queue in queues if queue in seen]
    take = _in_sqlite if db.sqlite else _on_the_server
    expires = now + timedelta(minutes=lease_minutes)
    claim = take(db, responder, queues, skills, now=now, expires=expires)
    if claim is None and not looked and release(now):
        claim = take(db, responder, queues, skills, now=now, expires=expires)
    return claim


def _on_the_server(
    db: Database,
    who: str,
    queues: Sequence[str] | None,
    skills: Sequence[str],
    *,
    now: datetime,
    expires: datetime,
) -> Claim | None:
    some = None if queues is None else list(queues)
    (taken,) = db.alone(_CALL, (who, now, expires, expires.isoformat(), some, list(skills)))
    return None if taken is None else Claim(taken[0], taken[1], taken[2], expires)


def _in_sqlite(
    db: Database,
    who: str,
    queues: Sequence[str] | None,
    skills: Sequence[str],
    *,
    now: datetime,
    expires: datetime,
) -> Claim | None:
    values = {"who": who, "expires": _stored(expires)}
    values |= {f"queue{n}": queue for n, queue in enumerate(queues or ())}
    values |= {f"skill{n}": skill for n, skill in enumerate(skills)}
    taking = _taking(None if queues is None else len(queues), len(skills))
    with db.bare() as bare:
        row = bare.execute(taking, values).fetchone()
        if row is None:
            return None
        claim = Claim(row[0], row[1], row[2], expires)
        told = {
            "id": claim.case_id,
            "now": _stored(now),
            "who": who,
            "before": _FREE % (claim.epoch - 1),
            "after": _HELD % (json.dumps(who), expires.isoformat(), claim.epoch),
        }
        bare.execute(_TELL, told)
        bare.execute(_LIST, told)
        return claim


def _stored(when: datetime) -> str:
    """A moment as SQLite's tables hold it; see columns.Utc."""
    return when.replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _taking(queues: int | None, skills: int) -> str:
    """The claim, for so many queues (None: any) and skills."""
    some = {"queues": "", "skills": ""}
    if queues is not None:
        some["queues"] = f"AND queue IN ({_names('queue', queues) or 'NULL'})"
    if skills:
        some["skills"] = f"AND case_skill.skill NOT IN ({_names('skill', skills)})"
    return _TAKE.format(**some)


def _names(name: str, count: int) -> str:
    return ", ".join(f":{name}{n}" for n in range(count))
