"""Everything the ledger holds about one person: what they may ask to see, and to have forgotten."""

from __future__ import annotations

from sqlalchemy import select

from earnest.ledger.database import Database
from earnest.ledger.earlier import cases_where
from earnest.ledger.rows import POST_COLUMNS, post_of
from earnest.ledger.tables import cases, mentions, people, post_revisions, posts
from earnest.ledger.views import HeldPost, PersonView

MOST = 1000
"""Posts shown at most, newest first."""


class NoSuchPerson(LookupError):
    """Nobody has this number, or they were forgotten."""


def person_view(db: Database, person_id: int, *, most: int | None = MOST) -> PersonView:
    """One person with their posts (`most` of them) and cases, newest first. Raises NoSuchPerson."""
    with db.read() as conn:
        row = conn.execute(
            select(people).where(people.c.id == person_id, people.c.erased_at.is_(None))
        ).one_or_none()
        if row is None:
            raise NoSuchPerson(f"there is no person {person_id}, or they were forgotten")
        found = conn.execute(
            select(posts.c.id.label("pk"), posts.c.heard_at, *POST_COLUMNS)
            .select_from(posts.outerjoin(people, people.c.id == posts.c.person_id))
            .where(posts.c.person_id == person_id, posts.c.deleted_at.is_(None))
            .order_by(posts.c.created_at.desc(), posts.c.id.desc())
            .limit(most)
        ).all()
        theirs = select(posts.c.id).where(posts.c.person_id == person_id)
        made: dict[int, list[str]] = {}
        for mention in conn.execute(
            select(mentions.c.post_id, mentions.c.brand, mentions.c.outcome)
            .where(mentions.c.post_id.in_(theirs), mentions.c.present)
            .order_by(mentions.c.id)
        ):
            what = {"route": "brought to a person", "dismiss": "not routed"}.get(
                mention.outcome, "not decided"
            )
            made.setdefault(mention.post_id, []).append(f"{mention.brand}: {what}")
        before: dict[int, list[str]] = {}
        for old in conn.execute(
            select(post_revisions.c.post_id, post_revisions.c.text)
            .where(post_revisions.c.post_id.in_(theirs))
            .order_by(post_revisions.c.id)
        ):
            before.setdefault(old.post_id, []).append(old.text)
        held = cases_where(conn, cases.c.person_id == person_id)
    return PersonView(
        person_id=row.id,
        source=row.source,
        native_id=row.native_id,
        handle=row.handle,
        name=row.name,
        left_alone_at=row.left_alone_at,
        posts=tuple(
            HeldPost(post_of(p), p.heard_at, tuple(made.get(p.pk, ())), tuple(before.get(p.pk, ())))
            for p in found
        ),
        cases=held,
    )
