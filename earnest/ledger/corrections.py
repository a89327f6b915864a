"""What a responder says of the model's reading: how hard the words reproach, and what they are about.

Kept as labels ("severity:3", "topics:billing,refund") beside the model's version, for the next training.
The case itself stays where it is: its priority and queue are the responder's to change, not the label's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from earnest.ledger import reach
from earnest.ledger.database import Database
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.history import change, read_case
from earnest.ledger.tables import labels, mentions
from routing.case import IllegalTransition

CORRECTED, AS_READ = "corrected", "as_read"
"""Why a note was written: the model's reading was corrected, or a correction taken back."""
SEVERITY, TOPICS = "severity:", "topics:"
_SORTS = (SEVERITY, TOPICS)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What people said of the mention that speaks for a case. None and () where nobody did."""

    severity: int | None = None
    topics: tuple[str, ...] = ()
    who: str = ""
    at: datetime | None = None

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return self.severity is not None or bool(self.topics)


def corrected(db: Database, case_id: int) -> Corrected:
    """The corrections that stand on a case."""
    with db.read() as conn:
        return _standing(conn, case_id)


def correct(
    db: Database,
    case_id: int,
    *,
    responder: str,
    severity: int | None = None,
    topics: Collection[str] = (),
) -> None:
    """Correct the reading of the mention that speaks for a case; a later word takes the place of an earlier.

    severity: 1 to 4. Raises NoSuchCase, ValueError where nothing is said, IllegalTransition where nothing
    would change.
    """
    if severity is not None and not 1 <= severity <= 4:
        raise ValueError("how hard it reproaches is a number from 1 to 4")
    said = {
        SEVERITY: None if severity is None else str(severity),
        TOPICS: ",".join(sorted(set(topics))) or None,
    }
    said = {sort: value for sort, value in said.items() if value is not None}
    if not said:
        raise ValueError("say what is to be corrected: how hard it reproaches, or what it is about")
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case = read_case(conn, case_id)
        if case is None or not reach.reaches(case["queue"]):
            raise NoSuchCase(case_id)
        standing = set(conn.scalars(select(labels.c.label).where(_of(case_id))))
        new = {sort: f"{sort}{value}" for sort, value in said.items() if f"{sort}{value}" not in standing}
        if not new:
            raise IllegalTransition("that is noted already")
        about = {"severity": severity, "topics": sorted(set(topics))}
        event = change(db, conn, case, "note", who=responder, now=now, reason=CORRECTED, about=about)
        model = conn.scalar(select(mentions.c.model).where(mentions.c.id == case["mention_id"])) or ""
        for sort, label in new.items():
            conn.execute(update(labels).where(_of(case_id, sort)).values(undone_at=now))
            conn.execute(
                insert(labels).values(
                    case_id=case_id,
                    mention_id=case["mention_id"],
                    event_id=event,
                    label=label,
                    model=model,
                    who=responder,
                    at=now,
                )
            )


def take_back(db: Database, case_id: int, *, responder: str) -> None:
    """Take every correction of a case back. Raises NoSuchCase, or IllegalTransition where there is none."""
    now = db.clock()
    with db.write(durable=True, stages=False) as conn:
        case = read_case(conn, case_id)
        if case is None or not reach.reaches(case["queue"]):
            raise NoSuchCase(case_id)
        if not conn.execute(update(labels).where(_of(case_id)).values(undone_at=now)).rowcount:
            raise IllegalTransition("nothing was corrected here")
        change(db, conn, case, "note", who=responder, now=now, reason=AS_READ)


def _of(case_id: int, *sorts: str) -> ColumnElement[bool]:
    """The standing labels of a case that correct a reading, of these sorts (of any)."""
    some = or_(*(labels.c.label.startswith(sort) for sort in sorts or _SORTS))
    return and_(labels.c.case_id == case_id, labels.c.undone_at.is_(None), some)


def _standing(conn: Connection, case_id: int) -> Corrected:
    found = Corrected()
    for row in conn.execute(select(labels).where(_of(case_id)).order_by(labels.c.id)):
        sort, _, value = row.label.partition(":")
        severity = int(value) if sort == "severity" and value.isdigit() else found.severity
        topics = tuple(value.split(",")) if sort == "topics" else found.topics
        found = Corrected(severity, topics, row.who, row.at)
    return found
