"""Tokens for programs: each belongs to a person, may less than they may, and runs out.

The secret is made here, handed out once, and kept as its SHA-256; its first characters stay readable so
that a token found somewhere can be told and revoked.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from earnest.ledger import audit
from earnest.ledger.database import Database
from earnest.ledger.desk_people import find
from earnest.ledger.door_tables import desk_people, desk_tokens
from earnest.ledger.reach import name_key
from earnest.ledger.rows import AnyRow

SIGN = "earnest_"
"""How every token begins, so that people and scanners know one when they see it."""
SHOWN = len(SIGN) + 6
MOST, LONGEST = 20, timedelta(days=366)
"""Tokens one person may have at a time, and how long one may live."""
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. prefix: how the secret begins. scopes: what it may, at most."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    person: str
    role: str
    queues: tuple[str, ...] | None = None
    disabled: bool = False
    """Its person is not let in any more."""
    person_id: int = field(default=0, repr=False)

    def ended(self, now: datetime) -> str:
        """Why it opens nothing, "" where it does."""
        if self.revoked_at is not None:
            return "it was revoked"
        if self.disabled:
            return f"{self.person} may not come in any more"
        return f"it ran out on {self.expires_at:%Y-%m-%d}" if self.expires_at <= now else ""


class Tokens:
    """The tokens of one ledger."""

    def __init__(self, db: Database) -> None:
        """Stand on a ledger's database."""
        self._db = db

    def make(
        self, person: str, name: str, scopes: Collection[str], *, lasts: timedelta, by: str
    ) -> tuple[Token, str]:
        """A new token of a person, and its secret: the only time that is seen.

        Raises NoSuchPerson, and ValueError for too long a life, no scope, or one token too many.
        """
        if not timedelta(0) < lasts <= LONGEST:
            raise ValueError(f"a token lives at most {LONGEST.days} days")
        if not scopes or not name.strip():
            raise ValueError("a token needs a name, and something that it may do")
        now = self._db.clock()
        secret = SIGN + secrets.token_urlsafe(32)
        with self._db.write(durable=True, stages=False) as conn:
            owner = find(conn, person)
            if owner.disabled_at is not None:
                raise ValueError(f"{owner.name} may not come in any more")
            live = desk_tokens.c.revoked_at.is_(None), desk_tokens.c.expires_at > now
            mine = desk_tokens.c.person_id == owner.id
            if (conn.scalar(select(func.count()).select_from(desk_tokens).where(mine, *live)) or 0) >= MOST:
                raise ValueError(f"{owner.name} has {MOST} tokens; revoke one first")
            number = conn.scalar(
                insert(desk_tokens)
                .values(
                    person_id=owner.id,
                    name=name.strip(),
                    prefix=secret[:SHOWN],
                    hash=_hash(secret),
                    scopes=sorted(scopes),
                    made_at=now,
                    expires_at=now + lasts,
                )
                .returning(desk_tokens.c.id)
            )
            made = _token(conn.execute(_TOKENS.where(desk_tokens.c.id == number)).one())
            details = {"person": made.person, "token": made.prefix, "scopes": ", ".join(made.scopes)}
            audit.note(
                conn, now, "token made", by, details={**details, "until": f"{made.expires_at:%Y-%m-%d}"}
            )
        return made, secret

    def of(self, secret: str) -> Token | None:
        """The token with this secret, whether or not it still opens anything; None where there is none."""
        with self._db.read() as conn:
            row = conn.execute(_TOKENS.where(desk_tokens.c.hash == _hash(secret))).one_or_none()
        return None if row is None else _token(row)

    def used(self, token: Token) -> None:
        """Note that it was used now; at most once a minute."""
        now = self._db.clock()
        if token.used_at is None or now - token.used_at >= SEEN_EVERY:
            with self._db.write(stages=False) as conn:
                conn.execute(update(desk_tokens).where(desk_tokens.c.id == token.id).values(used_at=now))

    def all(self, person: str | None = None) -> list[Token]:
        """Tokens that were not revoked, the newest first: of everybody, or of one person."""
        wanted = _TOKENS.where(desk_tokens.c.revoked_at.is_(None))
        if person is not None:
            wanted = wanted.where(desk_people.c.name_key == name_key(person))
        with self._db.read() as conn:
            return [_token(row) for row in conn.execute(wanted.order_by(desk_tokens.c.id.desc()))]

    def revoke(self, token_id: int, *, by: str, of: str | None = None) -> Token | None:
        """Have a token open nothing from now on; None where it was revoked, or is not `of` this person."""
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            row = conn.execute(_TOKENS.where(desk_tokens.c.id == token_id)).one_or_none()
            if row is None or (of is not None and name_key(row.person) != name_key(of)):
                return None
            if not revoke_all(conn, now, desk_tokens.c.id == token_id):
                return None
            details = {"person": row.person, "token": row.prefix}
            audit.note(conn, now, "token revoked", by, details=details)
        return _token(row)


def revoke_all(conn: Connection, now: datetime, *which: ColumnElement[bool]) -> int:
    """Revoke these in the caller's transaction; returns how many."""
    live = update(desk_tokens).where(desk_tokens.c.revoked_at.is_(None), *which)
    return conn.execute(live.values(revoked_at=now)).rowcount


_TOKENS = select(
    *(column for column in desk_tokens.c if column.name != "hash"),
    desk_people.c.name.label("person"),
    desk_people.c.role,
    desk_people.c.queues,
    desk_people.c.disabled_at,
).join(desk_people, desk_people.c.id == desk_tokens.c.person_id)


def _token(row: AnyRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        made_at=row.made_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        person=row.person,
        role=row.role,
        queues=None if row.queues is None else tuple(row.queues),
        disabled=row.disabled_at is not None,
        person_id=row.person_id,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
