"""Forgetting: what is gone on its network, or whom a person asked us to forget, goes from here too.

Erased rows stay as nameless shells, so that counts and a case's history keep their sense: no text,
no author, and a keyed hash in the place of the id. Search is told in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update

from earnest.ledger import facets
from earnest.ledger.accounts import part
from earnest.ledger.case_words import renew
from earnest.ledger.copies import count_copies, forget_bands
from earnest.ledger.database import Database, chunks
from earnest.ledger.echoes import REPOST, count_reposts
from earnest.ledger.history import SYSTEM, change
from earnest.ledger.indexing import enqueue_deletion
from earnest.ledger.rows import AnyRow
from earnest.ledger.tables import (
    case_events,
    case_posts,
    cases,
    decisions,
    mentions,
    people,
    post_revisions,
    posts,
    set_asides,
)
from earnest.ledger.tombstones import Tombstones
from earnest.ledger.views import Receipt
from routing.case import Action, State


def erase(
    db: Database, conn: Connection, tombstones: Tombstones, gone: Sequence[tuple[str, str, str]]
) -> Receipt:
    """Erase posts named by (source, native id, why), and reposts of them. Held or not, they stay out."""
    now = db.clock()
    whys = {(source, native): why for source, native, why in gone}
    for why in sorted(set(whys.values())):
        marks = [tombstones.hash("post", *key) for key, said in whys.items() if said == why]
        tombstones.set(conn, "post", marks, why=why, at=now)
    found = _with_reposts(conn, whys)
    if not found:
        return Receipt()
    tombstones.set(
        conn,
        "post",
        [tombstones.hash("post", r.source, r.native_id) for r in found],
        why="repost of one gone",
        at=now,
    )
    ids = [row.id for row in found]
    mention_ids = _blank_mentions(db, conn, tombstones, ids)
    _blank_posts(db, conn, tombstones, found, whys)
    for row in found:
        if row.kind == "repost" and row.parent_id:
            count_reposts(db, conn, row.source, [row.parent_id])
    erased_people = _blank_people(db, conn, tombstones, {row.person_id for row in found if row.person_id})
    touched = _withdraw(db, conn, tombstones, ids)
    return Receipt(people=erased_people, posts=len(ids), mentions=len(mention_ids), cases=touched)


def forget(db: Database, tombstones: Tombstones, source: str, native_id: str) -> Receipt:
    """Erase a person: every post, name and handle. Their posts are not taken in again. See `Receipt`."""
    now = db.clock()
    with db.write(durable=True) as conn:
        tombstones.set(
            conn, "person", [tombstones.hash("person", source, native_id)], why="forgotten", at=now
        )
        person = conn.scalar(
            select(people.c.id).where(people.c.source == source, people.c.native_id == native_id)
        )
        if person is None:
            return Receipt()
        theirs = conn.scalars(select(posts.c.native_id).where(posts.c.person_id == person)).all()
        noted = select(cases.c.id).where(cases.c.person_id == person)
        conn.execute(update(case_events).where(case_events.c.case_id.in_(noted)).values(note=""))
        done = erase(db, conn, tombstones, [(source, native, "forgotten") for native in theirs])
        if not theirs:
            _blank_people(db, conn, tombstones, {person})
        return Receipt(people=1, posts=done.posts, mentions=done.mentions, cases=done.cases)


def leave_alone(db: Database, source: str, native_id: str, *, left: bool = True) -> Receipt:
    """Note that a person asked to be left alone (or takes it back). Their posts are still heard."""
    now = db.clock()
    with db.write(durable=True) as conn:
        who = people.c.source == source, people.c.native_id == native_id
        person = conn.scalar(select(people.c.id).where(*who))
        if person is None:
            return Receipt()
        conn.execute(update(people).where(*who).values(left_alone_at=now if left else None))
        return Receipt(people=1)


def _with_reposts(conn: Connection, whys: Collection[tuple[str, str]]) -> list[AnyRow]:
    """The held ones among these posts, with the reposts that repeat their words."""
    found: dict[int, AnyRow] = {}
    columns = select(
        posts.c.id,
        posts.c.source,
        posts.c.native_id,
        posts.c.conversation,
        posts.c.kind,
        posts.c.parent_id,
        posts.c.person_id,
    )
    for source in sorted({source for source, _ in whys}):
        for some in chunks(sorted(native for of, native in whys if of == source)):
            repeats = (posts.c.kind == REPOST) & posts.c.parent_id.in_(some)
            for which in (posts.c.native_id.in_(some), repeats):
                for row in conn.execute(columns.where(posts.c.source == source, which)):
                    found[row.id] = row
    return [found[pk] for pk in sorted(found)]


def _blank_mentions(
    db: Database, conn: Connection, tombstones: Tombstones, post_ids: Sequence[int]
) -> list[int]:
    """Take the words out of mentions and decisions; near-copies of them find a new original."""
    rows: list[AnyRow] = []
    for some in chunks(post_ids):
        columns = select(
            mentions.c.id,
            mentions.c.document,
            mentions.c.duplicate_of,
            mentions.c.source,
            mentions.c.conversation,
        )
        rows.extend(conn.execute(columns.where(mentions.c.post_id.in_(some))).all())
    ids = [row.id for row in rows]
    if not ids:
        return []
    enqueue_deletion(db, conn, ids)
    forget_bands(conn, ids)
    for some in chunks(ids):
        conn.execute(update(decisions).where(decisions.c.mention_id.in_(some)).values(reasons=[]))
        copies = select(mentions.c.post_id).where(mentions.c.duplicate_of.in_(some))
        conn.execute(
            update(posts)
            .where(posts.c.id.in_(copies.scalar_subquery()), posts.c.deleted_at.is_(None))
            .values(analyzed=0)
        )
        conn.execute(update(mentions).where(mentions.c.duplicate_of.in_(some)).values(duplicate_of=None))
    conn.execute(
        update(mentions)
        .where(mentions.c.id == bindparam("pk"))
        .values(
            document=bindparam("b_document"),
            conversation=bindparam("b_conversation"),
            present=False,
            person_id=None,
            spans=[],
            topics=[],
            stakes=[],
            evidence=[],
            duplicate_of=None,
            decided=mentions.c.revision,
        ),
        [
            {
                "pk": row.id,
                "b_document": "gone" + tombstones.hash("post", "document", row.document)[:28],
                "b_conversation": _hidden(tombstones, row.source, row.conversation),
            }
            for row in rows
        ],
    )
    facets.renew_of(conn, ids)
    count_copies(conn, {row.duplicate_of for row in rows if row.duplicate_of is not None})
    return ids


def _blank_posts(
    db: Database,
    conn: Connection,
    tombstones: Tombstones,
    found: Sequence[AnyRow],
    whys: dict[tuple[str, str], str],
) -> None:
    now = db.clock()
    for some in chunks([row.id for row in found]):
        conn.execute(delete(post_revisions).where(post_revisions.c.post_id.in_(some)))
    for source in sorted({row.source for row in found}):
        for some in chunks([row.native_id for row in found if row.source == source]):
            raw = set_asides.c.source == source, set_asides.c.native_id.in_(some)
            conn.execute(delete(set_asides).where(*raw))
    conn.execute(
        update(posts)
        .where(posts.c.id == bindparam("pk"))
        .values(
            native_id=bindparam("b_native"),
            conversation=bindparam("b_conversation"),
            conversation_id=None,
            deleted_why=bindparam("b_why"),
            text="",
            title="",
            url="",
            language=None,
            person_id=None,
            parent_id=None,
            network_revision="",
            deleted_at=now,
            analyzed=posts.c.revision,
        ),
        [
            {
                "pk": row.id,
                "b_native": _hidden(tombstones, row.source, row.native_id),
                "b_conversation": _hidden(tombstones, row.source, row.conversation),
                "b_why": whys.get((row.source, row.native_id), "repost of one gone"),
            }
            for row in found
        ],
    )


def _blank_people(db: Database, conn: Connection, tombstones: Tombstones, ids: Collection[int]) -> int:
    """Take the names off people of whom no post is left. An objection outlives the name."""
    now = db.clock()
    blanked = 0
    for some in chunks(sorted(ids)):
        speaking = select(posts.c.person_id).where(posts.c.person_id.in_(some))
        silent = conn.execute(
            select(people).where(
                people.c.id.in_(some), people.c.id.not_in(speaking), people.c.erased_at.is_(None)
            )
        ).all()
        for row in silent:
            mark = tombstones.hash("person", row.source, row.native_id)
            if row.left_alone_at is not None:
                tombstones.set(conn, "alone", [mark], why="asked to be left alone", at=row.left_alone_at)
            conn.execute(
                update(people)
                .where(people.c.id == row.id)
                .values(
                    native_id=f"gone:{_turn(conn, mark)}:{mark}",
                    handle="",
                    handle_key="",
                    name="",
                    erased_at=now,
                )
            )
            blanked += 1
        part(conn, [row.id for row in silent])
    return blanked


def _turn(conn: Connection, mark: str) -> int:
    """Which time this person is erased: people may come back, and go again."""
    before = people.c.native_id.like(f"gone:%:{mark}")
    return (conn.scalar(select(func.count()).select_from(people).where(before)) or 0) + 1


def _withdraw(db: Database, conn: Connection, tombstones: Tombstones, post_ids: Sequence[int]) -> int:
    """Withdraw cases that have no post left; where some are left, another speaks for the case."""
    now = db.clock()
    touched: set[int] = set()
    for some in chunks(post_ids):
        touched.update(conn.scalars(select(case_posts.c.case_id).where(case_posts.c.post_id.in_(some))))
    for case_id in sorted(touched):
        case = conn.execute(select(cases).where(cases.c.id == case_id).with_for_update()).mappings().one()
        left = conn.execute(
            select(posts.c.id, mentions.c.id.label("mention_id"))
            .select_from(
                case_posts.join(posts, posts.c.id == case_posts.c.post_id).outerjoin(
                    mentions,
                    and_(
                        mentions.c.post_id == posts.c.id,
                        mentions.c.brand == case["brand"],
                        mentions.c.present,
                    ),
                )
            )
            .where(case_posts.c.case_id == case_id, posts.c.deleted_at.is_(None))
            .order_by(mentions.c.severity.desc(), posts.c.created_at, posts.c.id)
        ).all()
        speaking = [row.mention_id for row in left if row.mention_id is not None]
        if speaking and case["mention_id"] not in speaking:
            conn.execute(update(cases).where(cases.c.id == case_id).values(mention_id=speaking[0]))
            facets.renew(conn, [case_id])
        if left:
            continue
        if case["state"] != State.WITHDRAWN:
            change(db, conn, case, Action.WITHDRAW, who=SYSTEM, now=now, reason="deleted by the person")
        conn.execute(update(case_events).where(case_events.c.case_id == case_id).values(note=""))
        hidden = _hidden(tombstones, case["source"], case["conversation"])
        conn.execute(update(cases).where(cases.c.id == case_id).values(conversation=hidden))
    renew(db, conn, sorted(touched))
    return len(touched)


def _hidden(tombstones: Tombstones, source: str, native_id: str) -> str:
    """What stands in the place of an id that must not be told any more."""
    return (
        native_id if native_id.startswith("gone:") else "gone:" + tombstones.hash("post", source, native_id)
    )
