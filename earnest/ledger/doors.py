"""The desk's door: people with a role, their sessions, and the audit of what happened there.

Passwords arrive here hashed and session secrets are hashed here, so that a copy of the ledger lets
nobody in. Every change writes its security event in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from earnest.ledger import audit
from earnest.ledger.audit import SecurityEvent
from earnest.ledger.database import Database
from earnest.ledger.desk_people import DeskPerson, NoSuchPerson, person_of, put, role_of
from earnest.ledger.door_tables import desk_people, desk_sessions, desk_tokens, security_events
from earnest.ledger.identities import Identities
from earnest.ledger.reach import name_key as _key
from earnest.ledger.rows import AnyRow
from earnest.ledger.tokens import Tokens, revoke_all

__all__ = ["DeskPerson", "Doors", "NoSuchPerson", "SecurityEvent", "Session"]

FAILED = "sign-in failed"
WINDOW = timedelta(minutes=15)
"""Failures older than this do not count any more."""
PER_NAME_AND_ADDRESS, PER_ADDRESS, PER_NAME = 5, 30, 50
"""Failures within WINDOW before a sign-in waits. A name alone is held late, so that nobody can keep a
colleague out from elsewhere by typing wrong passwords."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session is known; a write for every page would be too many."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that signed in, and who it belongs to; or (id 0) a program with a token of theirs.

    queues: the ones this person may see, None for every one. token: how the program's token begins, ""
    for a browser; scopes: what that token may, None for all that the role may.
    """

    id: int
    name: str
    role: str
    began_at: datetime
    seen_at: datetime
    address: str
    browser: str
    person_id: int = field(repr=False)
    queues: tuple[str, ...] | None = None
    token: str = ""
    scopes: tuple[str, ...] | None = None


class Doors:
    """People, sessions and audit of one ledger. Times a session lives: `idle` unused, `lasts` at all."""

    def __init__(self, db: Database) -> None:
        """Stand on a ledger's database."""
        self._db = db
        self._needed = False
        self.tokens = Tokens(db)
        self.identities = Identities(db)

    def needed(self) -> bool:
        """Whether people must sign in: from the first person on, for good (people are never deleted)."""
        if not self._needed:
            with self._db.read() as conn:
                self._needed = bool(conn.scalar(select(exists(select(desk_people.c.id)))))
        return self._needed

    # ── people ──

    def people(self) -> list[DeskPerson]:
        """Everybody who was ever let in, by name."""
        live = select(func.count()).where(
            desk_sessions.c.person_id == desk_people.c.id, desk_sessions.c.ended_at.is_(None)
        )
        columns = select(desk_people, live.scalar_subquery().label("sessions"))
        with self._db.read() as conn:
            rows = conn.execute(columns.order_by(desk_people.c.name_key)).all()
        return [person_of(row, row.sessions) for row in rows]

    def add(
        self, name: str, role: str, password: str, *, by: str, queues: Sequence[str] | None = None
    ) -> DeskPerson:
        """Let somebody in. password: its argon2 hash. Raises ValueError where the name is taken.

        queues: the only ones they may see; None: every one.
        """
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            person = put(
                conn, now, name, role, password=password, queues=None if queues is None else tuple(queues)
            )
            self._note(conn, "person added", by, details={"person": name, "role": role, **_told(queues)})
        return person

    def credentials(self, name: str) -> tuple[DeskPerson, str] | None:
        """A person who may sign in, and the hash of their password; None for anybody else."""
        with self._db.read() as conn:
            row = conn.execute(
                select(desk_people).where(
                    desk_people.c.name_key == _key(name), desk_people.c.disabled_at.is_(None)
                )
            ).one_or_none()
        return None if row is None or not row.password else (person_of(row), row.password)

    def set_role(self, name: str, role: str, *, by: str) -> None:
        """Give a person another role; it holds from their next click. Raises NoSuchPerson."""
        self._change(name, "role changed", by, {"role": role_of(role)}, {"role": role})

    def set_queues(self, name: str, queues: Sequence[str] | None, *, by: str) -> None:
        """The only queues a person may see from their next click on; None: every one. Raises NoSuchPerson."""
        kept = None if queues is None else list(queues)
        self._change(name, "queues changed", by, {"queues": kept}, {"queues": "every one", **_told(queues)})

    def set_password(self, name: str, password: str, *, by: str, but: int | None = None) -> int:
        """Another password (its hash); every session ends but one. Returns how many. Raises NoSuchPerson."""
        return self._change(
            name,
            "password changed",
            by,
            {"password": password, "password_at": self._db.clock()},
            ends=True,
            but=but,
        )

    def improve_hash(self, name: str, password: str) -> None:
        """The same password, hashed at today's costs."""
        with self._db.write(durable=True, stages=False) as conn:
            conn.execute(
                update(desk_people).where(desk_people.c.name_key == _key(name)).values(password=password)
            )

    def disable(self, name: str, *, by: str) -> int:
        """Let a person in no more, end their sessions and revoke their tokens; returns how many sessions.

        Raises NoSuchPerson.
        """
        gone = {"disabled_at": self._db.clock()}
        return self._change(name, "person disabled", by, gone, ends=True, tokens=True)

    def enable(self, name: str, *, by: str) -> None:
        """Let a person in again. Raises NoSuchPerson."""
        self._change(name, "person enabled", by, {"disabled_at": None})

    def _change(
        self,
        name: str,
        kind: str,
        by: str,
        values: Mapping[str, Any],
        details: Mapping[str, Any] | None = None,
        *,
        ends: bool = False,
        but: int | None = None,
        tokens: bool = False,
    ) -> int:
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            row = conn.execute(
                update(desk_people)
                .where(desk_people.c.name_key == _key(name))
                .values(**values)
                .returning(desk_people.c.id, desk_people.c.name)
            ).one_or_none()
            if row is None:
                raise NoSuchPerson(f"nobody is named {name}")
            ended = _end(conn, now, kind, desk_sessions.c.person_id == row.id, but=but) if ends else 0
            if tokens:
                revoke_all(conn, now, desk_tokens.c.person_id == row.id)
            self._note(conn, kind, by, details={"person": row.name, **(details or {})})
        return ended

    # ── sessions ──

    def begin(
        self, person: DeskPerson, secret: str, *, address: str = "", browser: str = "", by: str = ""
    ) -> None:
        """Open a session for who proved who they are. secret: the cookie's, at least 128 random bits.

        by: the provider who knows them, "" for a password.
        """
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            conn.execute(
                insert(desk_sessions).values(
                    person_id=person.id,
                    hash=_hash(secret),
                    began_at=now,
                    seen_at=now,
                    address=address,
                    browser=browser[:200],
                )
            )
            self._note(conn, "sign-in", person.name, address, {"by": by} if by else None)

    def session(self, secret: str, *, idle: timedelta, lasts: timedelta, used: bool = True) -> Session | None:
        """Whose cookie this is; None where it ended, ran out or never was, or its person is disabled.

        used: a person did something; False for what a page does by itself, which keeps no session alive.
        """
        now = self._db.clock()
        with self._db.read() as conn:
            row = conn.execute(
                _SESSIONS.where(
                    desk_sessions.c.hash == _hash(secret),
                    desk_sessions.c.ended_at.is_(None),
                    desk_people.c.disabled_at.is_(None),
                    desk_sessions.c.seen_at > now - idle,
                    desk_sessions.c.began_at > now - lasts,
                )
            ).one_or_none()
        if row is None:
            return None
        if used and now - row.seen_at >= SEEN_EVERY:
            with self._db.write(stages=False) as conn:
                conn.execute(update(desk_sessions).where(desk_sessions.c.id == row.id).values(seen_at=now))
        return _session(row)

    def sessions(self, name: str | None = None, *, idle: timedelta, lasts: timedelta) -> list[Session]:
        """The sessions that are open, the latest used first: of everybody, or of one person."""
        now = self._db.clock()
        wanted = _SESSIONS.where(
            desk_sessions.c.ended_at.is_(None),
            desk_sessions.c.seen_at > now - idle,
            desk_sessions.c.began_at > now - lasts,
        )
        if name is not None:
            wanted = wanted.where(desk_people.c.name_key == _key(name))
        with self._db.read() as conn:
            rows = conn.execute(wanted.order_by(desk_sessions.c.seen_at.desc(), desk_sessions.c.id)).all()
        return [_session(row) for row in rows]

    def end(self, session_id: int, *, why: str, by: str, of: str | None = None) -> bool:
        """End one session; False where it had ended, or is not `of` this person."""
        where = [desk_sessions.c.id == session_id]
        if of is not None:
            theirs = select(desk_people.c.id).where(desk_people.c.name_key == _key(of))
            where.append(desk_sessions.c.person_id.in_(theirs))
        with self._db.write(durable=True, stages=False) as conn:
            if not _end(conn, self._db.clock(), why, *where):
                return False
            self._note(conn, why, by, details={"session": session_id})
        return True

    def end_all(self, name: str, *, by: str) -> int:
        """End every session of a person; returns how many. Raises NoSuchPerson."""
        return self._change(name, "sessions ended", by, {"name_key": _key(name)}, ends=True)

    # ── the audit ──

    def held_until(self, name: str, address: str) -> datetime | None:
        """When this name may try again from this address; None: now."""
        now = self._db.clock()
        failed = security_events.c.kind == FAILED, security_events.c.at > now - WINDOW
        named = security_events.c.who == self._said(name)
        here = security_events.c.address == address
        with self._db.read() as conn:
            for most, which in (
                (PER_NAME_AND_ADDRESS, [named, here]),
                (PER_ADDRESS, [here]),
                (PER_NAME, [named]),
            ):
                oldest: datetime | None = conn.scalar(
                    select(security_events.c.at)
                    .where(*failed, *which)
                    .order_by(security_events.c.at.desc())
                    .offset(most - 1)
                    .limit(1)
                )
                if oldest is not None:
                    return (oldest + WINDOW).replace(microsecond=0) + timedelta(seconds=1)
        return None

    def failed(self, name: str, address: str) -> None:
        """Note a wrong name or password."""
        self.note(FAILED, self._said(name), address)

    def _said(self, name: str) -> str:
        """A name for the audit: as it is kept, or only a mark of it where nobody has it.

        People type passwords into the wrong field; 32 bits tell two unknown names apart and no more.
        """
        with self._db.read() as conn:
            known = conn.scalar(select(desk_people.c.name).where(desk_people.c.name_key == _key(name)))
        return known or f"unknown {_hash(_key(name))[:8]}"

    def note(self, kind: str, who: str, address: str = "", **details: Any) -> None:
        """Write one line into the audit. No secrets in it."""
        with self._db.write(durable=True, stages=False) as conn:
            self._note(conn, kind, who, address, details)

    def events(self, *, limit: int = 100, before: int | None = None) -> Sequence[SecurityEvent]:
        """The audit, newest first; before: the number to go on from."""
        return audit.events(self._db, limit=limit, before=before)

    def _note(
        self,
        conn: Connection,
        kind: str,
        who: str,
        address: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        audit.note(conn, self._db.clock(), kind, who, address=address, details=details)


_SESSIONS = select(
    desk_sessions.c.id,
    desk_sessions.c.person_id,
    desk_sessions.c.began_at,
    desk_sessions.c.seen_at,
    desk_sessions.c.address,
    desk_sessions.c.browser,
    desk_people.c.name,
    desk_people.c.role,
    desk_people.c.queues,
).join(desk_people, desk_people.c.id == desk_sessions.c.person_id)


def _end(
    conn: Connection, now: datetime, why: str, *where: ColumnElement[bool], but: int | None = None
) -> int:
    statement = update(desk_sessions).where(desk_sessions.c.ended_at.is_(None), *where)
    if but is not None:
        statement = statement.where(desk_sessions.c.id != but)
    return conn.execute(statement.values(ended_at=now, ended_why=why)).rowcount


def _told(queues: Sequence[str] | None) -> dict[str, str]:
    return {} if queues is None else {"queues": ", ".join(queues)}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(row: AnyRow) -> Session:
    return Session(
        row.id,
        row.name,
        row.role,
        row.began_at,
        row.seen_at,
        row.address,
        row.browser,
        row.person_id,
        None if row.queues is None else tuple(row.queues),
    )
