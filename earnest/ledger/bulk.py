"""One step for many cases: each is done or refused by itself, and the result says which and why.

Every case goes its own way through `desk.act`, in its own transaction and with the version its
responder saw; a stale one is refused and the others are done all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from earnest.ledger import calls, desk, reach
from earnest.ledger.database import Database, chunks
from earnest.ledger.errors import NoSuchCase, Stale
from earnest.ledger.history import change, read_case
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import case_events, cases, people
from routing.case import Action, IllegalTransition, State

NOTE = "note"
"""Beside the actions of the machine: the same note on every case."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A case that was chosen, at the version its responder saw."""

    case_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. version: after the step where it was done, else as it was chosen.

    person: their name as people read it. words: why it was refused, "" where it was done.
    state, owner: how it stands now; None where there is no such case.
    """

    case_id: int
    version: int
    person: str
    done: bool
    words: str = ""
    state: State | None = None
    owner: str | None = None


def act_on_all(
    db: Database,
    picks: Sequence[Pick],
    action: Action | str,
    *,
    responder: str,
    note: str = "",
    reason: str = "",
    until: datetime | None = None,
    to: str | None = None,
) -> list[Outcome]:
    """Do one thing to many cases, in their order. action: a step, or NOTE; the rest as in `desk.act`."""

    def step(pick: Pick) -> None:
        if isinstance(action, Action):
            desk.act(
                db,
                pick.case_id,
                action,
                responder=responder,
                epoch=None,
                version=pick.version,
                note=note,
                reason=reason,
                until=until,
                to=to,
            )
        elif action == NOTE:
            desk.remark(db, pick.case_id, responder=responder, note=note, version=pick.version)
        else:
            raise ValueError(f"nobody can {action} many cases at once")

    return _each(db, picks, step)


def take_back_all(db: Database, picks: Sequence[Pick], *, responder: str) -> list[Outcome]:
    """Take back the responder's last step, or note, in each of these cases, where nothing happened since."""

    return _each(db, picks, lambda pick: take_back(db, pick, responder=responder))


def take_back(db: Database, pick: Pick, *, responder: str) -> None:
    """Take back the last thing this responder did in a case, a note too. Raises as `desk.undo` does."""
    if not _unsaid(db, pick, responder):
        desk.undo(db, pick.case_id, responder=responder, version=pick.version)


def _each(db: Database, picks: Sequence[Pick], step: Callable[[Pick], None]) -> list[Outcome]:
    refused: dict[int, str] = {}
    for pick in picks:
        try:
            step(pick)
        except (Stale, IllegalTransition, NoSuchCase, ValueError) as why:
            refused[pick.case_id] = str(why)
    now = _standing(db, [pick.case_id for pick in picks])
    return [
        Outcome(
            case_id=pick.case_id,
            version=pick.version + (pick.case_id not in refused),
            person=now[pick.case_id].name if pick.case_id in now else f"case {pick.case_id}",
            done=pick.case_id not in refused,
            words=refused.get(pick.case_id, ""),
            state=State(now[pick.case_id].state) if pick.case_id in now else None,
            owner=now[pick.case_id].owner if pick.case_id in now else None,
        )
        for pick in picks
    ]


def _unsaid(db: Database, pick: Pick, responder: str) -> bool:
    """Take back a note, where that was the very last thing and theirs; it stays in the history as such."""
    with db.write(durable=True, stages=False) as conn:
        last = conn.execute(
            select(case_events)
            .where(case_events.c.case_id == pick.case_id)
            .order_by(case_events.c.id.desc())
            .limit(1)
        ).one_or_none()
        if last is None or last.action != NOTE or last.reason or last.who != responder:
            return False
        case = read_case(conn, pick.case_id)
        if case is None or not reach.reaches(case["queue"]):
            raise NoSuchCase(pick.case_id)
        if case["version"] != pick.version:
            raise Stale(pick.case_id, "the case changed since; look at it again")
        change(db, conn, case, "undo", who=responder, now=db.clock(), undoes=last.id)
        calls.take_back(conn, last.id, db.clock())
        return True


def _standing(db: Database, ids: Sequence[int]) -> dict[int, AnyRow]:
    """Whose these cases are and how they stand, as far as they may be seen."""
    called = func.coalesce(func.nullif(people.c.name, ""), func.nullif(people.c.handle, ""), "somebody")
    columns = select(cases.c.id, cases.c.state, cases.c.owner, called.label("name")).join(
        people, people.c.id == cases.c.person_id
    )
    with db.read() as conn:
        return {
            row.id: row
            for some in chunks(sorted(ids))
            for row in conn.execute(columns.where(cases.c.id.in_(some), *reach.conditions()))
        }
