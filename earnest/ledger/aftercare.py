"""After a case is resolved: was the person told?"""

from __future__ import annotations

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.errors import NoSuchCase, Stale
from earnest.ledger.history import change, read_case
from routing.case import IllegalTransition, State

TOLD, UNTOLD = "told", "untold"
"""Why a note was written: the person was told that it is solved, or after all was not."""


def tell_person(
    db: Database, case_id: int, *, responder: str, version: int, note: str = "", told: bool = True
) -> None:
    """Note that the person was told how it ended (or, `told` false, that they were not).

    A case that is opened again forgets it. Raises NoSuchCase, Stale, or IllegalTransition where the
    case is not resolved or nothing would change.
    """
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case = read_case(conn, case_id)
        if case is None or not reach.reaches(case["queue"]):
            raise NoSuchCase(case_id)
        if case["version"] != version:
            raise Stale(case_id, "the case changed since you opened it; look at it again")
        if case["state"] != State.RESOLVED:
            raise IllegalTransition("a person is told once their case is resolved")
        if (case["told_at"] is not None) == told:
            raise IllegalTransition("that is noted already")
        changes = {"told_at": now if told else None}
        why = TOLD if told else UNTOLD
        change(db, conn, case, "note", who=responder, now=now, changes=changes, note=note, reason=why)
