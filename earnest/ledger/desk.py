"""What responders do to cases: claim, hold, act, take back.

Whoever writes says which version they saw and, while they hold the case, in which epoch they took
it. A claim is one statement that picks and takes the best free case at once; what anybody else
changed since is answered with Stale and nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from earnest.ledger import claiming, reach
from earnest.ledger.calls import take_back
from earnest.ledger.database import Database
from earnest.ledger.errors import NoSuchCase, Stale
from earnest.ledger.history import SYSTEM, change, read_case, restored
from earnest.ledger.merging import joined, parted
from earnest.ledger.outbox import announce_overdue, untold
from earnest.ledger.sleeping import sleeps
from earnest.ledger.tables import case_events, cases, labels, mentions
from earnest.ledger.views import Claim
from routing.case import Action, IllegalTransition, State
from routing.sleep import Until

LEASE_MINUTES = 5.0
_LATE = """
(SELECT id FROM cases WHERE lease_expires <= %s ORDER BY lease_expires LIMIT 1)
UNION ALL (SELECT id FROM cases WHERE snoozed_until <= %s ORDER BY snoozed_until LIMIT 1)
"""
"""Whether a lease ran out or a sleep ended, as claims ask it every second; in PostgreSQL's words.

The order is what makes it read the index: of a prepared statement PostgreSQL does not know that such rows
are few, and would look for the first one through all cases.
"""
_TAKEN = ("open", "answered", "weigh", "undo", "note", Action.HEAR.value, Action.WITHDRAW.value)
"""Events that nobody takes back."""


def claim_next(
    db: Database,
    responder: str,
    *,
    queues: Sequence[str] | None = None,
    skills: Sequence[str] = (),
    lease_minutes: float = LEASE_MINUTES,
) -> Claim | None:
    """Take the best free case of these queues (None: any) that asks for no skill beyond `skills`."""

    def release(now: datetime) -> int:
        if db.sqlite:
            with db.read() as conn:
                late = _any_late(conn, now)
        else:
            late = db.alone(_LATE, (now, now)) is not None
        if not late:
            return 0
        with db.write(durable=True, stages=False) as conn:
            return _release_the_late(db, conn, now)

    return claiming.claim_next(
        db, responder, queues=queues, skills=skills, lease_minutes=lease_minutes, release=release
    )


def hold(
    db: Database, case_id: int, *, responder: str, epoch: int, lease_minutes: float = LEASE_MINUTES
) -> Claim:
    """The heartbeat of a lease: still working on it. Raises Stale where the case is no longer theirs."""
    expires = db.clock() + timedelta(minutes=lease_minutes)
    with db.write(stages=False) as conn:
        held = conn.execute(
            update(cases)
            .where(cases.c.id == case_id, cases.c.owner == responder, cases.c.epoch == epoch)
            .where(cases.c.state == State.ASSIGNED.value, *reach.conditions())
            .values(lease_expires=expires)
            .returning(cases.c.version)
        ).one_or_none()
        if held is None:
            raise Stale(case_id, "you no longer hold this case; look at what changed and take it again")
        return Claim(case_id, epoch, held.version, expires)


def act(
    db: Database,
    case_id: int,
    action: Action,
    *,
    responder: str,
    epoch: int | None,
    version: int,
    note: str = "",
    reason: str = "",
    until: datetime | None = None,
    to: str | None = None,
    into: int | None = None,
    sleep: Until = Until.TIME,
) -> None:
    """One step of a case by a responder. Raises NoSuchCase, Stale, IllegalTransition or ValueError.

    sleep: what a snooze lasts until; until: the time, or how long at most. to: who gets it (HAND_OVER,
    which needs a note). reason: why it is dismissed (which needs one; it is kept as a label for
    training). into: the case it merges into.
    """
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case = _guarded(conn, case_id=case_id, responder=responder, epoch=epoch, version=version, now=now)
        if action is Action.HAND_OVER and to and not reach.sees(conn, to, case["queue"]):
            raise IllegalTransition(
                f"{to} does not see the queue {case['queue']}; hand it to somebody who does"
            )
        changes = _changes(
            conn,
            case,
            action,
            responder,
            now,
            note=note,
            reason=reason,
            until=until,
            to=to,
            into=into,
            sleep=sleep,
        )
        try:
            event = change(
                db,
                conn,
                case,
                action,
                who=responder,
                now=now,
                changes=changes,
                note=note,
                reason=reason,
                also=(to or "") if action is Action.HAND_OVER else "",
            )
        except IntegrityError as error:
            raise IllegalTransition(
                "another case of this person in this conversation is open; work in that one"
            ) from error
        if action is Action.MERGE and into is not None:
            joined(db, conn, case, into, who=responder, now=now)
        if case["merged_into"] is not None:
            parted(db, conn, case, who=responder, now=now)
        if action is Action.DISMISS:
            _label(conn, case, event, responder=responder, reason=reason, now=now)


def remark(db: Database, case_id: int, *, responder: str, note: str, version: int | None = None) -> None:
    """Write a note on a case, whoever holds it. With `version`, only if nothing changed since."""
    if not note.strip():
        raise ValueError("a note needs words")
    with db.write(durable=True, stages=False) as conn:
        case = _existing(conn, case_id)
        if version is not None and case["version"] != version:
            raise Stale(case_id, _since(conn, case, version))
        change(db, conn, case, "note", who=responder, now=db.clock(), note=note)


def undo(db: Database, case_id: int, *, responder: str, version: int) -> None:
    """Take back the last thing this responder did, if nothing happened since. Raises as `act` does."""
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case = _existing(conn, case_id)
        if case["version"] != version:
            raise Stale(case_id, _since(conn, case, version))
        undone = select(case_events.c.undoes).where(
            case_events.c.case_id == case_id, case_events.c.undoes.is_not(None)
        )
        last = conn.execute(
            select(case_events)
            .where(case_events.c.case_id == case_id, case_events.c.action.not_in(("undo", "note")))
            .where(case_events.c.id.not_in(undone))
            .order_by(case_events.c.id.desc())
            .limit(1)
        ).one_or_none()
        if last is None or last.action in _TAKEN or last.who != responder:
            raise IllegalTransition("there is nothing of yours to take back; something else happened since")
        changes = restored(last)
        lease = changes.get("lease_expires")
        if changes.get("owner", case["owner"]) == responder and lease is not None and lease < now:
            changes["lease_expires"] = now + timedelta(minutes=LEASE_MINUTES)
        changes["epoch"] = case["epoch"] + 1 if "owner" in changes else case["epoch"]
        try:
            change(db, conn, case, "undo", who=responder, now=now, changes=changes, undoes=last.id)
        except IntegrityError as error:
            raise IllegalTransition("a newer case of this person is open; this one stays closed") from error
        if case["merged_into"] is not None:
            parted(db, conn, case, who=responder, now=now)
        elif changes.get("merged_into") is not None:
            joined(db, conn, case, changes["merged_into"], who=responder, now=now)
        take_back(conn, last.id, now)
        conn.execute(
            update(labels)
            .where(labels.c.event_id == last.id, labels.c.undone_at.is_(None))
            .values(undone_at=now)
        )


def wake(db: Database) -> int:
    """Free cases whose lease ran out and wake those whose snooze ended; returns how many.

    Cases whose due time passed are put into the outbox.
    """
    now = db.clock()
    with db.read() as conn:  # mostly there is nothing to do, and nobody waits for a writer who only looks
        if not untold(conn, now) and not _any_late(conn, now):
            return 0
    with db.write(stages=False) as conn:
        announce_overdue(db, conn, now)
        return _release_the_late(db, conn, now)


def _any_late(conn: Connection, now: datetime) -> bool:
    """Whether a lease ran out or a sleep ended."""
    return any(
        conn.scalar(select(cases.c.id).where(column.is_not(None), column <= now).order_by(column).limit(1))
        is not None
        for column in (cases.c.lease_expires, cases.c.snoozed_until)
    )


def _release_the_late(db: Database, conn: Connection, now: datetime) -> int:
    late: list[Mapping[Any, Any]] = []
    for column in (cases.c.lease_expires, cases.c.snoozed_until):
        late_ones = select(cases).where(column.is_not(None), column <= now)
        which = late_ones.order_by(column, cases.c.id).limit(200)
        late.extend(conn.execute(which.with_for_update(skip_locked=True)).mappings().all())
    for case in late:
        snoozed = case["state"] == State.SNOOZED
        action, why = (Action.WAKE, "the snooze ended") if snoozed else (Action.RELEASE, "the lease ran out")
        change(db, conn, case, action, who=SYSTEM, now=now, reason=why)
    return len(late)


def _existing(conn: Connection, case_id: int) -> Mapping[Any, Any]:
    case = read_case(conn, case_id)
    if case is None or not reach.reaches(case["queue"]):
        raise NoSuchCase(case_id)
    return case


def _guarded(
    conn: Connection, *, case_id: int, responder: str, epoch: int | None, version: int, now: datetime
) -> Mapping[Any, Any]:
    """The case, if the responder saw its latest version and nobody else holds it."""
    case = _existing(conn, case_id)
    if case["version"] != version:
        raise Stale(case_id, _since(conn, case, version))
    held = case["lease_expires"] is not None and case["lease_expires"] > now
    if held and case["owner"] != responder:
        raise Stale(case_id, f"{case['owner']} holds this case until {case['lease_expires']:%H:%M} UTC")
    if epoch is not None and case["epoch"] != epoch:
        raise Stale(case_id, "the case was taken anew since; look at it again")
    return case


def _since(conn: Connection, case: Mapping[Any, Any], version: int) -> str:
    """What happened, for the person whose page is old."""
    missed = max(1, case["version"] - version)
    last = conn.execute(
        select(case_events.c.who, case_events.c.action)
        .where(case_events.c.case_id == case["id"])
        .order_by(case_events.c.id.desc())
        .limit(min(missed, 3))
    ).all()
    told = ", ".join(f"{row.action} by {row.who}" for row in reversed(last))
    return f"the case changed since you opened it ({told}); look at it again"


def _changes(
    conn: Connection,
    case: Mapping[Any, Any],
    action: Action,
    responder: str,
    now: datetime,
    *,
    note: str,
    reason: str,
    until: datetime | None,
    to: str | None,
    into: int | None,
    sleep: Until,
) -> dict[str, Any]:
    """The fields that an action sets beside the state; raises ValueError for what is missing."""
    match action:
        case Action.TAKE:
            expires = now + timedelta(minutes=LEASE_MINUTES)
            return {"owner": responder, "lease_expires": expires, "epoch": case["epoch"] + 1}
        case Action.HAND_OVER:
            if not to or not note.strip():
                raise ValueError("a hand-over needs somebody to hand to and a note for them")
            return {"owner": to, "lease_expires": None, "epoch": case["epoch"] + 1}
        case Action.WAIT_PERSON | Action.WAIT_INSIDE:
            return {"owner": case["owner"] or responder}
        case Action.SNOOZE:
            if (until is None and sleep is Until.TIME) or (until is not None and until <= now):
                raise ValueError("a snooze needs a time that is still to come")
            return sleeps(conn, case, sleep, until, owner=case["owner"] or responder)
        case Action.DISMISS | Action.RESOLVE:
            if action is Action.DISMISS and not reason.strip():
                raise ValueError("a dismissal needs a reason")
            return {"closed_reason": reason}
        case Action.MERGE:
            return {"merged_into": _target(conn, case, into)}
        case Action.REOPEN | Action.RELEASE:
            return {"waiting_since": now} if action is Action.REOPEN else {}
        case _:
            raise IllegalTransition(f"{action.value} is not for people to do")


def _target(conn: Connection, case: Mapping[Any, Any], into: int | None) -> int:
    """The case to merge into: another open one of the same person and brand."""
    target = None if into is None or into == case["id"] else read_case(conn, into)
    if target is None or not target["is_open"] or not reach.reaches(target["queue"]):
        raise ValueError("a case merges into another case that is open")
    if (target["person_id"], target["brand"]) != (case["person_id"], case["brand"]):
        raise ValueError("only cases of one person with one brand are merged; others are linked")
    return int(target["id"])


def _label(
    conn: Connection, case: Mapping[Any, Any], event: int, *, responder: str, reason: str, now: datetime
) -> None:
    """Keep what a person said of the model's judgement."""
    model = conn.scalar(select(mentions.c.model).where(mentions.c.id == case["mention_id"]))
    conn.execute(
        insert(labels).values(
            case_id=case["id"],
            mention_id=case["mention_id"],
            event_id=event,
            label=reason,
            model=model or "",
            who=responder,
            at=now,
        )
    )
