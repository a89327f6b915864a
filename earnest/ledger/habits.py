"""How people like to work: the views they saved, the one their queue opens with, their keys.

Everything hangs on the name somebody works under, so it holds at desks where nobody signs in too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, insert, or_, select, update

from earnest.ledger.database import Database
from earnest.ledger.reach import name_key
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import habits, saved_views

MOST = 50
"""Views one person may keep: more than anybody finds again."""


class NoSuchView(LookupError):
    """Nobody has this view, or it is not theirs to change."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for some filters, as the queue's address says them. shared: everybody has it."""

    id: int
    owner: str
    name: str
    filters: str
    shared: bool
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Habit:
    """One person's ways. keys: action → key where it is not the desk's own, "" for none.

    opens: the filters the queue opens with; "" for everybody waiting.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    opens: str = ""


class Habits:
    """The ledger's memory of how people like to work. Writes are durable, one transaction each."""

    def __init__(self, database: Database) -> None:
        """Stand on the ledger's database."""
        self._db = database

    def views(self, who: str) -> list[SavedView]:
        """What a person may choose from: everybody's by name, then their own in the order they were made."""
        mine = saved_views.c.owner_key == name_key(who)
        wanted = (
            select(saved_views)
            .where(saved_views.c.gone_at.is_(None), or_(mine, saved_views.c.shared))
            .order_by(saved_views.c.shared.desc(), saved_views.c.id)
        )
        with self._db.read() as conn:
            return [_view(row) for row in conn.execute(wanted)]

    def save(self, who: str, name: str, filters: str, *, shared: bool = False) -> SavedView:
        """Name some filters; a view of one's own with that name is replaced. ValueError: too many."""
        now, owner = self._db.clock(), name_key(who)
        live = and_(saved_views.c.owner_key == owner, saved_views.c.gone_at.is_(None))
        with self._db.write(durable=True, stages=False) as conn:
            theirs = {row.name_key: row.id for row in conn.execute(select(saved_views).where(live))}
            values = {"name": name, "filters": filters, "shared": shared, "made_at": now}
            if (same := theirs.get(name_key(name))) is not None:
                changed = update(saved_views).where(saved_views.c.id == same).values(values)
                return _view(conn.execute(changed.returning(saved_views)).one())
            if len(theirs) >= MOST:
                raise ValueError(f"you have {MOST} views already; delete one that you no longer use")
            made = insert(saved_views).values(**values, owner=who, owner_key=owner, name_key=name_key(name))
            return _view(conn.execute(made.returning(saved_views)).one())

    def drop(self, view_id: int, who: str, *, others: bool = False) -> SavedView:
        """Delete a view of one's own; with `others`, any shared one too. Raises NoSuchView."""
        with self._db.write(durable=True, stages=False) as conn:
            row = self._of(conn, view_id, who, others=others, gone=False)
            conn.execute(
                update(saved_views).where(saved_views.c.id == view_id).values(gone_at=self._db.clock())
            )
            return _view(row)

    def restore(self, view_id: int, who: str, *, others: bool = False) -> SavedView:
        """Bring a deleted view back. Raises NoSuchView, also where its name was taken again since."""
        with self._db.write(durable=True, stages=False) as conn:
            row = self._of(conn, view_id, who, others=others, gone=True)
            taken = select(saved_views.c.id).where(
                saved_views.c.owner_key == row.owner_key,
                saved_views.c.name_key == row.name_key,
                saved_views.c.gone_at.is_(None),
            )
            if conn.scalar(taken) is not None:
                raise NoSuchView(f"there is another view named {row.name} by now")
            conn.execute(update(saved_views).where(saved_views.c.id == view_id).values(gone_at=None))
            return _view(row)

    def _of(self, conn: Connection, view_id: int, who: str, *, others: bool, gone: bool) -> AnyRow:
        theirs = saved_views.c.owner_key == name_key(who)
        there = saved_views.c.gone_at.is_not(None) if gone else saved_views.c.gone_at.is_(None)
        row = conn.execute(
            select(saved_views).where(
                saved_views.c.id == view_id, there, or_(theirs, saved_views.c.shared) if others else theirs
            )
        ).one_or_none()
        if row is None:
            raise NoSuchView("there is no such view, or it is not yours")
        return row

    def of(self, who: str) -> Habit:
        """A person's ways; the desk's own where they never said otherwise."""
        with self._db.read() as conn:
            row = conn.execute(select(habits).where(habits.c.owner_key == name_key(who))).one_or_none()
        return Habit() if row is None else Habit(row.keys, row.opens)

    def set_keys(self, who: str, keys: Mapping[str, str]) -> None:
        """Keep a person's keys, where they are not the desk's own."""
        self._keep(who, {"keys": dict(keys)}, {"opens": ""})

    def open_with(self, who: str, filters: str) -> None:
        """Keep the filters a person's queue opens with; "" for everybody waiting."""
        self._keep(who, {"opens": filters}, {"keys": {}})

    def _keep(self, who: str, values: Mapping[str, object], otherwise: Mapping[str, object]) -> None:
        row = {"owner_key": name_key(who), **otherwise, **values}
        kept = self._db.upsert(habits).values(row)
        with self._db.write(durable=True, stages=False) as conn:
            conn.execute(kept.on_conflict_do_update(index_elements=["owner_key"], set_=dict(values)))


def _view(row: AnyRow) -> SavedView:
    return SavedView(row.id, row.owner, row.name, row.filters, row.shared, row.made_at)
