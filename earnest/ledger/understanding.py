"""Posts out to be understood, mentions in: work is where `analyzed < revision`.

Results are kept only for the revision they were made of; what changed meanwhile is understood again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from earnest.ledger import facets
from earnest.ledger.copies import (
    Family,
    First,
    Key,
    band_hashes,
    count_copies,
    forget_bands,
    keep_bands,
    link,
)
from earnest.ledger.database import Database, chunks
from earnest.ledger.indexing import enqueue_deletion
from earnest.ledger.polls import keep_aside
from earnest.ledger.rows import POST_COLUMNS, AnyRow, clean, mention_values, post_of
from earnest.ledger.tables import mentions, people, posts
from earnest.ledger.views import PostWork
from earnest.search.document import document_id
from listeners.post import Post, SetAside
from nlp.mention import Mention

_WITH_PEOPLE = posts.outerjoin(people, people.c.id == posts.c.person_id)


def to_analyze(db: Database, limit: int = 256, shard: tuple[int, int] | None = None) -> list[PostWork]:
    """The oldest posts not yet understood at their present revision.

    shard: (which, of how many), for workers side by side; a post is always in the same shard.
    """
    work = select(posts.c.id, posts.c.revision, *POST_COLUMNS).select_from(_WITH_PEOPLE)
    work = work.where(posts.c.analyzed < posts.c.revision).order_by(posts.c.created_at, posts.c.id)
    if shard is not None:
        work = work.where(posts.c.id % shard[1] == shard[0])
    with db.read() as conn:
        rows = conn.execute(work.limit(limit)).all()
        parents = parents_of(conn, rows)
    return [PostWork(r.id, r.revision, post_of(r), parents.get((r.source, r.parent_id))) for r in rows]


def parents_of(conn: Connection, rows: Iterable[AnyRow]) -> dict[tuple[str, str], Post]:
    """The posts that these rows answer, where held and not erased, by (source, id)."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if row.parent_id:
            wanted.setdefault(row.source, set()).add(row.parent_id)
    columns = select(*POST_COLUMNS).select_from(_WITH_PEOPLE)
    found: dict[tuple[str, str], Post] = {}
    for source, natives in wanted.items():
        for some in chunks(sorted(natives)):
            for row in conn.execute(columns.where(posts.c.source == source, posts.c.native_id.in_(some))):
                found[source, row.native_id] = post_of(row)
    return found


def record(db: Database, done: Sequence[tuple[PostWork, tuple[Mention, ...]]]) -> int:
    """Store what was understood, and mark the posts as done; returns how many mentions were stored."""
    if not done:
        return 0
    with db.write() as conn:
        current = _current(conn, done)
        items = [_item(row, mention) for row, found in current for mention in found]
        stored = _stored(conn, [row.id for row, _ in current])
        family = Family(conn, {band for item in items for band in item.hashes})
        for item in items:
            item.first = family.find(item.one, item.hashes) if item.hashes else None
            if item.first is None:
                family.add(item.one, item.hashes)
        _insert(conn, [item for item in items if item.one.key not in stored])
        numbers = _numbers(conn, [row.id for row, _ in current] + [i.first.post_id for i in items if i.first])
        copies = {
            numbers[item.one.key]: numbers[item.first.key]
            for item in items
            if item.first is not None and item.first.person_id != item.one.person_id
        }
        forget_bands(conn, [old["id"] for old in stored.values()])
        _change(conn, [item for item in items if item.one.key in stored], stored, copies)
        _vanish(db, conn, stored.keys() - {item.one.key for item in items}, stored)
        link(conn, copies)
        keep_bands(conn, {numbers[i.one.key]: i.hashes for i in items if i.first is None})
        left = {old["duplicate_of"] for old in stored.values() if old["duplicate_of"] is not None}
        count_copies(conn, left | set(copies.values()))
        for some in chunks([row.id for row, _ in current]):
            conn.execute(update(posts).where(posts.c.id.in_(some)).values(analyzed=posts.c.revision))
    return len(items)


def set_aside(db: Database, work: PostWork, why: str) -> None:
    """Give a post up that the analyzer cannot take, at this revision; the reason is kept with its words."""
    aside = SetAside(work.post.source, work.post.text, why, place="understanding", id=work.post.id)
    with db.write() as conn:
        origin = select(posts.c.listener, posts.c.query).where(posts.c.id == work.pk)
        listener, query = conn.execute(origin).one()
        keep_aside(db, conn, listener, query, [aside])
        still = posts.c.id == work.pk, posts.c.revision == work.revision
        conn.execute(update(posts).where(*still).values(analyzed=posts.c.revision))


@dataclass(slots=True)
class _Item:
    """One mention on its way in. hashes: its bands; empty where it cannot be a copy or have one."""

    one: First
    values: dict[str, Any]
    hashes: tuple[int, ...]
    first: First | None = None


def _item(row: AnyRow, mention: Mention) -> _Item:
    brand = clean(mention.brand)
    values = {
        "post_id": row.id,
        "brand": brand,
        "document": document_id(row.source, row.native_id, brand),
        "post_revision": row.revision,
        "source": row.source,
        "conversation": row.conversation,
        "person_id": row.person_id,
        "posted_at": row.created_at,
        **mention_values(mention),
    }
    hashes = () if mention.own_voice else band_hashes(brand, mention.fingerprint)
    return _Item(First(row.created_at, row.id, brand, row.person_id, row.text), values, hashes)


def _current(
    conn: Connection, done: Sequence[tuple[PostWork, tuple[Mention, ...]]]
) -> list[tuple[AnyRow, tuple[Mention, ...]]]:
    """Those results whose post still stands at the revision that was understood, not recorded yet."""
    columns = select(
        posts.c.id,
        posts.c.revision,
        posts.c.source,
        posts.c.native_id,
        posts.c.conversation,
        posts.c.person_id,
        posts.c.created_at,
        posts.c.text,
    )
    rows: dict[int, AnyRow] = {}
    for some in chunks([work.pk for work, _ in done]):
        waiting = posts.c.id.in_(some), posts.c.analyzed < posts.c.revision, posts.c.deleted_at.is_(None)
        rows.update((row.id, row) for row in conn.execute(columns.where(*waiting).with_for_update()))
    return [
        (rows[work.pk], found)
        for work, found in done
        if work.pk in rows and rows[work.pk].revision == work.revision
    ]


def _stored(conn: Connection, post_ids: Sequence[int]) -> dict[Key, Mapping[Any, Any]]:
    """The mentions these posts had before."""
    found: dict[Key, Mapping[Any, Any]] = {}
    for some in chunks(post_ids):
        for row in conn.execute(select(mentions).where(mentions.c.post_id.in_(some))).mappings():
            found[row["post_id"], row["brand"]] = row
    return found


def _insert(conn: Connection, new: Sequence[_Item]) -> None:
    if new:
        conn.execute(insert(mentions), [item.values for item in new])


def _numbers(conn: Connection, post_ids: Sequence[int]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    columns = select(mentions.c.post_id, mentions.c.brand, mentions.c.id)
    for some in chunks(sorted(set(post_ids))):
        found.update(
            ((post, brand), pk)
            for post, brand, pk in conn.execute(columns.where(mentions.c.post_id.in_(some)))
        )
    return found


def _change(
    conn: Connection,
    changed: Sequence[_Item],
    stored: Mapping[Key, Mapping[Any, Any]],
    copies: Mapping[int, int],
) -> None:
    """Write over mentions that were there; only a real change has them decided again."""
    rows = []
    for item in changed:
        old = stored[item.one.key]
        first = copies.get(old["id"])
        same = (
            old["present"] and old["duplicate_of"] == first and all(item.values[n] == old[n] for n in _JUDGED)
        )
        row = {f"b_{name}": item.values[name] for name in (*_JUDGED, "post_revision")}
        rows.append(row | {"pk": old["id"], "b_revision": old["revision"] + (not same)})
    if rows:
        bound: dict[str, Any] = {
            name: bindparam(f"b_{name}") for name in (*_JUDGED, "post_revision", "revision")
        }
        change = update(mentions).where(mentions.c.id == bindparam("pk"))
        conn.execute(change.values(bound | {"present": True, "duplicate_of": None}), rows)
        facets.renew_of(conn, [row["pk"] for row in rows])


_JUDGED = tuple(mention_values(Mention("", "", "", "", (), 1.0)))
"""The columns that come from understanding."""


def _vanish(
    db: Database, conn: Connection, gone: Iterable[Key], stored: Mapping[Key, Mapping[Any, Any]]
) -> None:
    """The new words no longer name the brand: nothing to decide, and out of search."""
    ids = sorted(stored[key]["id"] for key in gone if stored[key]["present"])
    for some in chunks(ids):
        values = {"present": False, "decided": mentions.c.revision, "duplicate_of": None}
        conn.execute(update(mentions).where(mentions.c.id.in_(some)).values(values))
    enqueue_deletion(db, conn, ids)
