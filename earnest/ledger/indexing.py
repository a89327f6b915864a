"""What search must take in or let go: an outbox, filled in the transaction of every change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from earnest.ledger.database import CHUNK, Database, chunks
from earnest.ledger.tables import case_work, cases, index_work, mentions, people, posts
from earnest.ledger.views import IndexWork
from earnest.search.document import Document
from nlp.mention import Severity


def enqueue(db: Database, conn: Connection, mention_ids: Collection[int], *, raised: bool = False) -> None:
    """Have these mentions indexed again. raised: their index_version was raised already."""
    for some in chunks(sorted(mention_ids)):
        these = mentions.c.id.in_(some)
        if not raised:
            conn.execute(update(mentions).where(these).values(index_version=mentions.c.index_version + 1))
        columns = select(mentions.c.document, mentions.c.index_version, mentions.c.id).where(these)
        _put(db, conn, columns.where(mentions.c.present))


def enqueue_case(conn: Connection, case_id: int) -> None:
    """Have every mention of a case indexed again: its state stands in the documents.

    Which mentions these are is looked up when it is done: whoever changes a case does not wait for it.
    """
    conn.execute(insert(case_work).values(case_id=case_id))


def _spread(db: Database) -> None:
    """Have the mentions of all cases that changed indexed again."""
    some = select(case_work.c.id).order_by(case_work.c.id).limit(CHUNK)
    taken = delete(case_work).where(case_work.c.id.in_(some)).returning(case_work.c.case_id)
    with db.read() as conn:
        waiting = conn.scalar(select(case_work.c.id).limit(1)) is not None
    while waiting:
        with db.write() as conn:
            changed = conn.scalars(taken).all()
            theirs = mentions.c.case_id.in_(set(changed)), mentions.c.present
            enqueue(db, conn, conn.scalars(select(mentions.c.id).where(*theirs)).all())
        waiting = len(changed) == CHUNK


def enqueue_deletion(db: Database, conn: Connection, mention_ids: Collection[int]) -> None:
    """Have the documents of these mentions deleted."""
    for some in chunks(sorted(mention_ids)):
        these = mentions.c.id.in_(some)
        conn.execute(update(mentions).where(these).values(index_version=mentions.c.index_version + 1))
        rows = conn.execute(select(mentions.c.document, mentions.c.index_version).where(these)).all()
        gone = [{"document": r.document, "version": r.index_version, "mention_id": None} for r in rows]
        if gone:
            statement = db.upsert(index_work)
            conn.execute(_over(statement), gone)


def _put(db: Database, conn: Connection, columns: Any) -> None:
    names = ["document", "version", "mention_id"]
    conn.execute(_over(db.upsert(index_work).from_select(names, columns)))


def _over(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["document"],
        set_={"version": statement.excluded.version, "mention_id": statement.excluded.mention_id},
    )


def to_index(db: Database, limit: int = 500) -> list[IndexWork]:
    """The next documents to take in or delete, with the version to say. At most `limit`."""
    _spread(db)
    joined = (
        index_work.outerjoin(mentions, mentions.c.id == index_work.c.mention_id)
        .outerjoin(posts, posts.c.id == mentions.c.post_id)
        .outerjoin(people, people.c.id == posts.c.person_id)
        .outerjoin(cases, cases.c.id == mentions.c.case_id)
    )
    columns = select(
        index_work.c.document,
        index_work.c.version,
        index_work.c.mention_id.label("live"),
        *_DOCUMENT_COLUMNS,
    )
    with db.read() as conn:
        rows = conn.execute(columns.select_from(joined).order_by(index_work.c.document).limit(limit)).all()
    return [IndexWork(r.document, r.version, None if r.live is None else _document(r)) for r in rows]


def mark_indexed(db: Database, done: Sequence[IndexWork]) -> None:
    """Strike work that is done; what changed meanwhile has a newer version and stays."""
    if not done:
        return
    with db.write() as conn:
        for some in chunks([(work.id, work.version) for work in done]):
            both = tuple_(index_work.c.document, index_work.c.version)
            conn.execute(delete(index_work).where(both.in_(some)))


def reindex(db: Database) -> int:
    """Have every mention indexed again: for a search that starts empty. Returns how many."""
    with db.write() as conn:
        conn.execute(
            update(mentions).where(mentions.c.present).values(index_version=mentions.c.index_version + 1)
        )
        columns = select(mentions.c.document, mentions.c.index_version, mentions.c.id)
        _put(db, conn, columns.where(mentions.c.present))
        return len(conn.scalars(select(index_work.c.document)).all())


_DOCUMENT_COLUMNS = (
    mentions.c.source,
    posts.c.native_id,
    mentions.c.brand,
    posts.c.kind,
    posts.c.title,
    posts.c.text,
    posts.c.url,
    people.c.handle,
    people.c.name,
    posts.c.created_at,
    mentions.c.language,
    mentions.c.own_voice,
    mentions.c.judged,
    mentions.c.complaint,
    mentions.c.is_complaint,
    mentions.c.severity,
    mentions.c.urgency,
    mentions.c.topics,
    (mentions.c.echoes + posts.c.echoes).label("echoes"),
    mentions.c.outcome,
    mentions.c.case_id,
    cases.c.state,
    cases.c.queue,
    cases.c.priority,
)


def _document(row: Any) -> Document:
    return Document(
        source=row.source,
        post_id=row.native_id,
        brand=row.brand,
        version=row.version,
        text=row.text,
        created_at=row.created_at,
        title=row.title,
        url=row.url,
        author=row.handle or "",
        author_name=row.name or "",
        language=row.language,
        topics=tuple(row.topics),
        severity=Severity(row.severity or 0).name.lower(),
        urgency=row.urgency,
        complaint=row.complaint if row.judged else None,
        is_complaint=row.is_complaint,
        own_voice=row.own_voice,
        kind=row.kind,
        echoes=row.echoes,
        status=row.state or ("dismissed" if row.outcome == "dismiss" else "unrouted"),
        queue=row.queue or "",
        priority=row.priority or 0,
        case_id=row.case_id,
    )
