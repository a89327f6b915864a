"""The audit: what happened at the desk's door, one line after the other, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from earnest.ledger.database import Database
from earnest.ledger.door_tables import security_events


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One line of the audit. who: a name, or a mark of one nobody has; details: what else, no secrets."""

    id: int
    at: datetime
    kind: str
    who: str
    address: str
    details: Mapping[str, Any]


def note(
    conn: Connection,
    at: datetime,
    kind: str,
    who: str,
    *,
    address: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write one line in the caller's transaction. No secrets in it."""
    conn.execute(
        insert(security_events).values(
            at=at, kind=kind, who=who[:200], address=address, details=dict(details or {})
        )
    )


def events(db: Database, *, limit: int, before: int | None) -> Sequence[SecurityEvent]:
    """The audit, newest first; before: the number to go on from."""
    wanted = select(security_events).order_by(security_events.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(security_events.c.id < before)
    with db.read() as conn:
        return [
            SecurityEvent(row.id, row.at, row.kind, row.who, row.address, row.details)
            for row in conn.execute(wanted)
        ]
