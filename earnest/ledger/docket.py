"""One batch of decisions on its way into cases: opened, extended, reopened or weighed again.

All cases that the batch can touch are read (and locked) once, changed in memory by the same rules
as `history.change`, and written with a few bulk statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from earnest.ledger import facets
from earnest.ledger.case_words import keep
from earnest.ledger.database import Database, chunks
from earnest.ledger.fuses import FuseBox
from earnest.ledger.history import SYSTEM, UNTOLD, plain, settle, wind
from earnest.ledger.indexing import enqueue
from earnest.ledger.outbox import announce_many
from earnest.ledger.sleeping import stirred
from earnest.ledger.tables import case_events, case_posts, case_skills, cases, mentions
from routing.case import Action, State, after
from routing.clocks import Happening, happening
from routing.decision import Decision

_FREE = {State.NEW, State.ASSIGNED}
_MUTABLE = tuple(c.name for c in cases.c if c.name not in {"id", "brand", "person_id", "source", "opened_at"})


class Docket:
    """The cases of one batch. Use `route` and `dismiss` in the batch's order, then `file`."""

    def __init__(
        self,
        db: Database,
        conn: Connection,
        *,
        now: datetime,
        reopen: timedelta,
        rows: Sequence[Mapping[Any, Any]],
        fuses: FuseBox,
    ) -> None:
        """Read every case that one of these mentions could touch."""
        self.db, self.conn, self.now, self.reopen, self.fuses = db, conn, now, reopen, fuses
        self.opened = 0
        self.extended = 0
        self.case_of: dict[int, int] = {}
        self._batch = {row["id"] for row in rows}
        self._cases: dict[int, dict[str, Any]] = {}
        self._before: dict[int, dict[str, Any]] = {}
        self._new: list[dict[str, Any]] = []
        self._posts: list[tuple[dict[str, Any], int]] = []
        self._mentions: list[tuple[dict[str, Any], int]] = []
        self._skills: list[tuple[dict[str, Any], str]] = []
        self._said: list[tuple[dict[str, Any], Mapping[Any, Any]]] = []
        self._events: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._read(rows)

    def _read(self, rows: Sequence[Mapping[Any, Any]]) -> None:
        people = sorted({row["person_id"] for row in rows if not row["own_voice"] and row["person_id"]})
        places = sorted({row["conversation"] for row in rows if row["own_voice"]})
        for column, wanted in ((cases.c.person_id, people), (cases.c.conversation, places)):
            for some in chunks(wanted):
                which = select(cases).where(column.in_(some)).order_by(cases.c.id).with_for_update()
                for found in self.conn.execute(which).mappings():
                    self._cases.setdefault(found["id"], dict(found))
        self._before = {pk: dict(case) for pk, case in self._cases.items()}
        self._by_person: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for pk in sorted(self._cases):
            case = self._cases[pk]
            self._by_person.setdefault((case["person_id"], case["brand"]), []).append(case)

    def route(self, row: Mapping[Any, Any], decision: Decision, answered_at: datetime | None) -> bool:
        """A human must see this mention: in the case it is in, in one it joins, or in one of its own.

        False where a blown fuse keeps it from opening one; then nothing was decided.
        """
        theirs = self._by_person.setdefault((row["person_id"], row["brand"]), [])
        if row["case_id"] is not None:
            self._weigh(self._followed(self._cases.get(row["case_id"])), decision, row)
            return True
        standing = self._open_one(row) or self._recent(row, theirs)
        if standing is not None:
            self._hear(standing, row, decision)
        elif self.fuses.passes(decision.rule, row):
            self._open(row, decision, answered_at, theirs)
        else:
            return False
        return True

    def dismiss(self, row: Mapping[Any, Any]) -> None:
        """Nothing to do by itself; but it may answer a case, or be one more word of its person."""
        if row["own_voice"]:
            for case in [*self._cases.values(), *self._new]:
                there = case["source"] == row["source"] and case["conversation"] == row["conversation"]
                if there and case["brand"] == row["brand"] and case["is_open"]:
                    self._answered(case, row)
        elif row["case_id"] is None and (standing := self._open_one(row)) is not None:
            self._hear(standing, row, None)

    def file(self) -> None:
        """Write everything."""
        if self._new:
            inserted = insert(cases).returning(cases.c.id, sort_by_parameter_order=True)
            rows = [{name: value for name, value in case.items() if name != "id"} for case in self._new]
            pks = self.conn.scalars(inserted, rows).all()
            for case, pk in zip(self._new, pks, strict=True):
                case["id"] = pk
        changed = [case for pk, case in self._cases.items() if case != self._before[pk]]
        if changed:
            values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in _MUTABLE}
            self.conn.execute(
                update(cases).where(cases.c.id == bindparam("pk")).values(values),
                [{"pk": case["id"]} | {f"b_{name}": case[name] for name in _MUTABLE} for case in changed],
            )
        self._insert(case_skills, [{"case_id": c["id"], "skill": s} for c, s in self._skills])
        self._insert(
            case_posts, [{"case_id": c["id"], "post_id": p, "added_at": self.now} for c, p in self._posts]
        )
        keep(
            self.db,
            self.conn,
            [(c["id"], c["brand"], r["posted_at"], r["title"], r["text"]) for c, r in self._said],
        )
        self._insert(case_events, [event | {"case_id": case["id"]} for case, event in self._events])
        announce_many(self.db, self.conn, [(case["id"], e) for case, e in self._events], at=self.now)
        self.case_of = {pk: case["id"] for case, pk in self._mentions}

    def enqueue_changed(self) -> None:
        """Have the other mentions of changed cases indexed with the cases' new states."""
        changed = [pk for pk, case in self._cases.items() if case != self._before[pk]]
        ids: set[int] = set()
        for some in chunks(changed):
            which = mentions.c.case_id.in_(some), mentions.c.present
            ids.update(self.conn.scalars(select(mentions.c.id).where(*which)))
        enqueue(self.db, self.conn, ids - self._batch)

    def _insert(self, table: Any, rows: Sequence[Mapping[Any, Any]]) -> None:
        if rows:
            self.conn.execute(self.db.upsert(table).on_conflict_do_nothing(), rows)

    def _open_one(self, row: Mapping[Any, Any]) -> dict[str, Any] | None:
        theirs = self._by_person.get((row["person_id"], row["brand"]), ())
        here = (c for c in theirs if c["conversation"] == row["conversation"])
        return next((c for c in here if c["is_open"]), None)

    def _recent(self, row: Mapping[Any, Any], theirs: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """The last case here, where it was closed lately: by people, or into another one."""
        here = [c for c in theirs if c["conversation"] == row["conversation"]]
        if not here:
            return None
        last = max(here, key=lambda c: (c["closed_at"], c["id"]))
        if last["state"] == State.MERGED:
            target = self._followed(last)
            return target if target is not None and target["is_open"] else None
        closed = last["state"] in {State.RESOLVED, State.DISMISSED}
        return last if closed and last["closed_at"] >= self.now - self.reopen else None

    def _followed(self, case: dict[str, Any] | None) -> dict[str, Any] | None:
        seen: set[int] = set()
        while case is not None and case["merged_into"] is not None and case["id"] not in seen:
            seen.add(case["id"])
            case = self._cases.get(case["merged_into"])
        return case

    def _open(
        self,
        row: Mapping[Any, Any],
        decision: Decision,
        answered_at: datetime | None,
        theirs: list[dict[str, Any]],
    ) -> None:
        later = answered_at is not None and answered_at >= row["posted_at"]
        case: dict[str, Any] = {
            "id": None,
            "brand": row["brand"],
            "person_id": row["person_id"],
            "source": row["source"],
            "conversation": row["conversation"],
            "state": State.NEW.value,
            "queue": decision.queue,
            "priority": _bounded(decision.priority),
            "due": decision.due,
            "due_left": None,
            "rule": decision.rule,
            "mention_id": row["id"],
            **facets.of(row),
            "owner": None,
            "lease_expires": None,
            "epoch": 0,
            "version": 1,
            "opened_at": self.now,
            "waiting_since": row["posted_at"],
            "last_post_at": row["posted_at"],
            "answered_at": answered_at if later else None,
            "snoozed_until": None,
            "closed_at": None,
            "merged_into": None,
            "earlier_cases": 0 if row["is_site"] else len(theirs),
        }
        settle(case, self.now)
        theirs.append(case)
        self._new.append(case)
        self._join(case, row)
        self._said.append((case, row))
        self._skills.extend((case, skill) for skill in sorted(set(decision.skills)))
        self._event(case, dict(case), "open", row)
        self.opened += 1

    def _hear(self, case: dict[str, Any], row: Mapping[Any, Any], decision: Decision | None) -> None:
        before = dict(case)
        was = State(case["state"])
        case["state"] = after(was, Action.HEAR).value
        answered = case["due"] is None and case["answered_at"] is not None
        if was not in _FREE or (answered and case["answered_at"] >= case["waiting_since"]):
            case["waiting_since"] = row["posted_at"]
        case["last_post_at"] = max(case["last_post_at"], row["posted_at"])
        if decision is not None:
            self._wind(case, Happening.SPEAKS, row["posted_at"], decision.next_due or decision.due)
            self._raise(case, decision, row)
            self._said.append((case, row))
        elif (what := happening(was, State(case["state"]))) is not None:
            self._wind(case, what, row["posted_at"])
        settle(case, self.now)
        self._join(case, row)
        self._event(case, before, Action.HEAR.value, row)
        self.extended += 1

    def _weigh(self, case: dict[str, Any] | None, decision: Decision, row: Mapping[Any, Any]) -> None:
        """The same mention decided again: an echo, an edit or new rules may raise a case, never lower it."""
        if case is None or not case["is_open"]:
            return
        before = dict(case)
        self._raise(case, decision, row)
        if case != before:
            self._event(case, before, "weigh", row)
        if why := stirred(case, row):
            before = dict(case)
            case["state"] = after(State(case["state"]), Action.WAKE).value
            settle(case, self.now)
            self._event(case, before, Action.WAKE.value, row, reason=why)

    def _raise(self, case: dict[str, Any], decision: Decision, row: Mapping[Any, Any]) -> None:
        if _bounded(decision.priority) > case["priority"]:
            case |= {
                "priority": _bounded(decision.priority),
                "queue": decision.queue,
                "mention_id": row["id"],
                **facets.of(row),
            }
            self._skills.extend((case, skill) for skill in sorted(set(decision.skills)))

    def _answered(self, case: dict[str, Any], row: Mapping[Any, Any]) -> None:
        if row["posted_at"] < case["waiting_since"]:
            return
        if case["answered_at"] is not None and case["answered_at"] >= row["posted_at"]:
            return
        before = dict(case)
        case["answered_at"] = row["posted_at"]
        if self._meant(case, row):
            self._wind(case, Happening.ANSWERED, row["posted_at"])
            if case["last_post_at"] > row["posted_at"] and case["state"] != State.WAITING_PERSON:
                self._wind(case, Happening.SPEAKS, case["last_post_at"])
        self._event(case, before, "answered", row)

    def _meant(self, case: dict[str, Any], row: Mapping[Any, Any]) -> bool:
        """Whether the brand speaks to this case's person: others in the conversation still wait."""
        if row["parent_person"] is not None:
            return bool(row["parent_person"] == case["person_id"])
        place = row["source"], row["conversation"], row["brand"]
        here = [
            one
            for one in (*self._cases.values(), *self._new)
            if one["is_open"] and (one["source"], one["conversation"], one["brand"]) == place
        ]
        return here == [case]

    def _wind(
        self, case: dict[str, Any], what: Happening, at: datetime, promised: datetime | None = None
    ) -> None:
        wind(case, what, at, self.db.terms(case["queue"]), promised=promised)

    def _join(self, case: dict[str, Any], row: Mapping[Any, Any]) -> None:
        self._posts.append((case, row["post_id"]))
        self._mentions.append((case, row["id"]))

    def _event(
        self,
        case: dict[str, Any],
        before: Mapping[Any, Any],
        action: str,
        row: Mapping[Any, Any],
        reason: str = "",
    ) -> None:
        if action != "open":
            case["version"] += 1
        told = [n for n in case if case[n] != before[n] and n not in UNTOLD]
        event = {
            "at": self.now,
            "who": SYSTEM,
            "action": action,
            "before_state": before["state"],
            "after_state": case["state"],
            "before": {name: plain(before[name]) for name in told},
            "after": {name: plain(case[name]) for name in told},
            "reason": reason,
            "post_id": row["post_id"],
        }
        self._events.append((case, event))


def _bounded(priority: int) -> int:
    return max(0, min(1000, priority))
