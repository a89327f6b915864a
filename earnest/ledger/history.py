"""The one way a case changes: state machine, version, event and search, in one step.

The columns that follow from the state (is it open, who holds it, until when) are settled here, so
that no caller can forget one; the database's constraints check the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from earnest.ledger import facets
from earnest.ledger.calls import answered, call, key_of
from earnest.ledger.database import Database
from earnest.ledger.errors import Stale
from earnest.ledger.indexing import enqueue_case
from earnest.ledger.notices import announce_colleague
from earnest.ledger.outbox import announce
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import Utc, case_events, cases
from routing.case import OPEN, Action, State, after
from routing.clocks import Happening, Terms, Timer, happening, step

SYSTEM = "earnest"
"""Who acts when no responder does."""

UNTOLD = frozenset({"version", "id", *facets.FACETS})
"""What no event tells: it says so itself, or it is a copy of what the mention says."""


def change(
    db: Database,
    conn: Connection,
    case: Mapping[Any, Any],
    action: Action | str,
    *,
    who: str,
    now: datetime,
    changes: Mapping[Any, Any] | None = None,
    note: str = "",
    reason: str = "",
    post_id: int | None = None,
    undoes: int | None = None,
    also: str = "",
    about: Mapping[str, Any] | None = None,
) -> int:
    """Change a case and append the event; returns the event's number.

    case: the row as read in this transaction. action: a step of the machine (raises
    IllegalTransition where it does not fit), or one of `SYSTEM_ACTIONS`, with the state in `changes`
    where it moves. also: a colleague who is told, beside those the note calls. about: what else the
    event says after it happened, beside columns. Raises Stale where the row changed since it was read.
    """
    new = dict(case) | dict(changes or {})
    if isinstance(action, Action):
        new["state"] = after(State(case["state"]), action).value
        if (what := happening(State(case["state"]), State(new["state"]))) is not None:
            wind(new, what, now, db.terms(new["queue"]))
    settle(new, now)
    new["version"] = case["version"] + 1
    differing = {name: value for name, value in new.items() if value != case[name]}
    done = conn.execute(
        update(cases).where(cases.c.id == case["id"], cases.c.version == case["version"]).values(differing)
    )
    if done.rowcount != 1:
        raise Stale(case["id"], "the case changed while this was written; look at it again")
    if "mention_id" in differing:
        facets.renew(conn, [case["id"]])
    told = [name for name in differing if name not in UNTOLD]
    event = conn.execute(
        insert(case_events)
        .values(
            case_id=case["id"],
            at=now,
            who=who,
            action=str(action),
            before_state=case["state"],
            after_state=new["state"],
            before={name: plain(case[name]) for name in told},
            after={name: plain(new[name]) for name in told} | dict(about or {}),
            note=note,
            reason=reason,
            post_id=post_id,
            undoes=undoes,
        )
        .returning(case_events.c.id)
    ).scalar_one()
    if who != SYSTEM:
        answered(conn, case["id"], who=who, now=now)
        for key in call(conn, case["id"], int(event), note, who=who, also=also):
            handed = action is Action.HAND_OVER and key == key_of(new["owner"])
            announce_colleague(conn, "handed_over" if handed else "called", case["id"], key, at=now)
    announce(conn, case["id"], str(action), case["state"], new["state"], at=now)
    enqueue_case(conn, case["id"])
    return int(event)


def settle(row: dict[str, Any], now: datetime) -> None:
    """Make the columns agree with the row's state; entering a closed state sets the time."""
    state = State(row["state"])
    row["is_open"] = state in OPEN
    if state is State.NEW:
        row["owner"] = None
    if state is not State.ASSIGNED:
        row["lease_expires"] = None
    if state is not State.SNOOZED:
        row |= {"snoozed_until": None, "snoozed_for": "", "asleep_over": None}
    if state is not State.MERGED:
        row["merged_into"] = None
    if row["is_open"]:
        row["closed_at"] = None
        row["closed_reason"] = ""
        row["told_at"] = None
    elif row.get("closed_at") is None:
        row["closed_at"] = now


def wind(
    row: dict[str, Any], what: Happening, at: datetime, terms: Terms, *, promised: datetime | None = None
) -> None:
    """Move the clock of a case: its due time, or the open time left while it stands. See routing.clocks."""
    left = None if row["due_left"] is None else timedelta(minutes=row["due_left"])
    timer = step(Timer(row["due"], left), what, at, terms, promised=promised)
    row["due"] = timer.due
    row["due_left"] = None if timer.left is None else timer.left.total_seconds() / 60


def restored(event: AnyRow) -> dict[str, Any]:
    """The fields an event changed, as they were before it."""
    return {name: _typed(cases, name, value) for name, value in event.before.items()}


def read_case(conn: Connection, case_id: int, *, lock: bool = True) -> Mapping[Any, Any] | None:
    """The row of a case, locked for this transaction where the database can."""
    statement = select(cases).where(cases.c.id == case_id)
    return conn.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()


def plain(value: Any) -> Any:
    """A column's value as JSON holds it."""
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    if value is not None and isinstance(table.c[name].type, Utc):
        return datetime.fromisoformat(value)
    return value
