"""Notes that call a colleague: `@Tom` in a note tells Tom, until he has seen it or does something there.

A name is written behind the @ without its spaces (@TomReed); where people sign in, their names are
known and may be written with spaces too, or by the first name where only one has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.door_tables import desk_people
from earnest.ledger.tables import calls, case_events, cases

_CALL = re.compile(r"(?<![\w@./])@([^\W_](?:[\w'’.-]*\w)?)")
MOST = 20
"""More people than this are not called by one note."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody asks for a colleague, in a note on a case. at is UTC."""

    case_id: int
    event_id: int
    who: str
    note: str
    at: datetime


def key_of(name: str) -> str:
    """A name as calls know it: folded, without spaces."""
    return "".join(name.casefold().split())


def called_in(note: str, known: Collection[str] = ()) -> list[str]:
    """The keys of whom a note calls, in order. known: the names of all colleagues, where they are known."""
    first_names: dict[str, set[str]] = {}
    for name in known:
        first_names.setdefault(key_of(name.split()[0]), set()).add(key_of(name))
    found: dict[str, None] = {}
    for match in _CALL.finditer(note):
        said = key_of(match.group(1))
        full = [key_of(name) for name in known if _stands(name, note, match.start(1))]
        meant = first_names.get(said, set())
        found[max(full, key=len) if full else next(iter(meant)) if len(meant) == 1 else said] = None
    return list(found)[:MOST]


def _stands(name: str, note: str, at: int) -> bool:
    """Whether a name, its spaces or none, is written there in full."""
    spaced = r"\s*".join(re.escape(part) for part in name.split())
    return re.compile(rf"{spaced}(?!\w)", re.IGNORECASE).match(note, at) is not None


def call(conn: Connection, case_id: int, event: int, note: str, *, who: str, also: str = "") -> list[str]:
    """Tell whom a note calls; `also`: one more name. Nobody is told of their own note. Gives their keys."""
    if not also and "@" not in note:
        return []
    known = conn.scalars(select(desk_people.c.name).where(desk_people.c.disabled_at.is_(None))).all()
    keys = dict.fromkeys([*([key_of(also)] if also else []), *called_in(note, known)])
    rows = [{"case_id": case_id, "event_id": event, "whom": key} for key in keys if key != key_of(who)]
    if rows:
        conn.execute(insert(calls), rows)
    return [key for key in keys if key != key_of(who)]


def answered(conn: Connection, case_id: int, *, who: str, now: datetime) -> None:
    """Who does something on a case has seen what it asks them."""
    mine = calls.c.case_id == case_id, calls.c.whom == key_of(who), calls.c.seen_at.is_(None)
    conn.execute(update(calls).where(*mine).values(seen_at=now))


def take_back(conn: Connection, event: int, now: datetime) -> None:
    """A step was undone: whom it called need not look any more."""
    conn.execute(
        update(calls).where(calls.c.event_id == event, calls.c.seen_at.is_(None)).values(seen_at=now)
    )


def seen(db: Database, case_id: int, *, responder: str) -> None:
    """This responder has seen every call on a case."""
    with db.write(durable=True, stages=False) as conn:
        answered(conn, case_id, who=responder, now=db.clock())


def calls_to(db: Database, responder: str, *, case_id: int | None = None) -> list[Call]:
    """What colleagues ask of this responder and they have not seen, oldest first, 200 at most.

    case_id: on this case alone.
    """
    unseen = (
        select(calls.c.case_id, calls.c.event_id, case_events.c.who, case_events.c.note, case_events.c.at)
        .join(case_events, case_events.c.id == calls.c.event_id)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(calls.c.whom == key_of(responder), calls.c.seen_at.is_(None), *reach.conditions())
        .order_by(calls.c.id)
        .limit(200)
    )
    if case_id is not None:
        unseen = unseen.where(calls.c.case_id == case_id)
    if not responder:
        return []
    with db.read() as conn:
        return [Call(r.case_id, r.event_id, r.who, r.note, r.at) for r in conn.execute(unseen)]
