"""People whom an identity provider knows: told by its name and the subject it gives them, by nothing else.

Names and mail addresses change hands; whoever signs in elsewhere under a colleague's name is not them.
"""

from __future__ import annotations

from sqlalchemy import insert, select

from earnest.ledger import audit
from earnest.ledger.database import Database
from earnest.ledger.desk_people import DeskPerson, find, person_of, put
from earnest.ledger.door_tables import desk_identities, desk_people

_LINK = insert(desk_identities)


class Identities:
    """Who comes in by which provider, in one ledger."""

    def __init__(self, db: Database) -> None:
        """Stand on a ledger's database."""
        self._db = db

    def person(self, issuer: str, subject: str) -> DeskPerson | None:
        """The person behind a subject, also one who may not come in any more; None where nobody is."""
        theirs = (desk_identities.c.issuer == issuer) & (desk_identities.c.subject == subject)
        with self._db.read() as conn:
            row = conn.execute(
                select(desk_people)
                .join(desk_identities, desk_identities.c.person_id == desk_people.c.id)
                .where(theirs)
            ).one_or_none()
        return None if row is None else person_of(row)

    def add(self, name: str, role: str, *, issuer: str, subject: str, by: str) -> DeskPerson:
        """Let somebody in who signs in there and has no password. Raises ValueError: the name is taken."""
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            person = put(conn, now, name, role)
            conn.execute(
                _LINK, {"person_id": person.id, "issuer": issuer, "subject": subject, "linked_at": now}
            )
            details = {"person": name, "role": role, "issuer": issuer, "subject": subject}
            audit.note(conn, now, "person added", by, details=details)
        return person

    def link(self, name: str, *, issuer: str, subject: str, by: str) -> None:
        """A person who is known here signs in there too. Raises NoSuchPerson, ValueError: it is another's."""
        now = self._db.clock()
        with self._db.write(durable=True, stages=False) as conn:
            row = find(conn, name)
            held = (desk_identities.c.issuer == issuer) & (desk_identities.c.subject == subject)
            if conn.scalar(select(desk_identities.c.id).where(held)) is not None:
                raise ValueError(f"somebody at the desk is {subject} there already")
            conn.execute(_LINK, {"person_id": row.id, "issuer": issuer, "subject": subject, "linked_at": now})
            details = {"person": row.name, "issuer": issuer, "subject": subject}
            audit.note(conn, now, "identity linked", by, details=details)
