"""Those who may come to the desk, as rows: what the other tables of the door point at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from earnest.ledger.door_tables import ROLES, desk_people
from earnest.ledger.reach import name_key
from earnest.ledger.rows import AnyRow


class NoSuchPerson(LookupError):
    """Nobody of the desk has this name."""


@dataclass(frozen=True, slots=True)
class DeskPerson:
    """One who may come in. role: of ROLES. queues: the ones they may see, None for every one."""

    id: int
    name: str
    role: str
    added_at: datetime
    password_at: datetime
    disabled_at: datetime | None
    sessions: int = 0
    """How many sessions are not ended; they may have run out."""
    queues: tuple[str, ...] | None = None
    has_password: bool = True
    """False for who comes by an identity provider only."""


def person_of(row: AnyRow, sessions: int = 0) -> DeskPerson:
    """A row of desk_person."""
    return DeskPerson(
        row.id,
        row.name,
        row.role,
        row.added_at,
        row.password_at,
        row.disabled_at,
        sessions,
        None if row.queues is None else tuple(row.queues),
        bool(row.password),
    )


def find(conn: Connection, name: str) -> AnyRow:
    """The row of a person, by name. Raises NoSuchPerson."""
    row = conn.execute(select(desk_people).where(desk_people.c.name_key == name_key(name))).one_or_none()
    if row is None:
        raise NoSuchPerson(f"nobody is named {name}")
    return row


def put(
    conn: Connection,
    now: datetime,
    name: str,
    role: str,
    *,
    password: str = "",
    queues: tuple[str, ...] | None = None,
) -> DeskPerson:
    """Write a new person. Raises ValueError where the name is taken or the role is none."""
    if conn.scalar(select(desk_people.c.id).where(desk_people.c.name_key == name_key(name))):
        raise ValueError(f"there is a person named {name} already")
    row = conn.execute(
        insert(desk_people)
        .values(
            name=name,
            name_key=name_key(name),
            role=role_of(role),
            password=password,
            password_at=now,
            added_at=now,
            queues=None if queues is None else list(queues),
        )
        .returning(desk_people)
    ).one()
    return person_of(row)


def role_of(role: str) -> str:
    """A role as it is kept. Raises ValueError for one that is none."""
    if role not in ROLES:
        raise ValueError(f"{role} is no role; choose one of {', '.join(ROLES)}")
    return role
