"""Taking in one batch: posts, revisions, deletions, holes and the next cursor, in one transaction.

A post is stored once by `(source, id, revision)`. A revision that was superseded here does not come
back: overlapping pages and old archives may bring it again at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from earnest.ledger import polls as poll_rows
from earnest.ledger.authors import Key, Taking, person_key, persons_of
from earnest.ledger.database import Database, chunks
from earnest.ledger.echoes import REPOST, count_reposts
from earnest.ledger.erasure import erase
from earnest.ledger.keeping import mark_checked
from earnest.ledger.rows import AnyRow, clean
from earnest.ledger.tables import mentions, post_revisions, posts
from earnest.ledger.tombstones import Tombstones
from earnest.ledger.views import Intake
from listeners.listener import Batch
from listeners.post import Deletion, Kind, Post


def commit_batch(
    db: Database, tombstones: Tombstones, listener: str, batch: Batch, *, query: str, source: str
) -> Intake:
    """Store a batch and its cursor, or nothing of it."""
    with db.write() as conn:
        poll_rows.ensure(db, conn, listener, source, query)
        taking = Taking(db, conn, tombstones, listener, query, db.clock())
        took = Intake()
        for some in _rounds(batch):
            took += _take(taking, some)
        took = Intake(
            new=took.new,
            revised=took.revised,
            known=len(batch.posts) - took.new - took.revised,
            deleted=_delete(taking, batch.deletions),
            gaps=poll_rows.keep_gaps(db, conn, listener, query, batch.gaps),
            set_aside=poll_rows.keep_aside(db, conn, listener, query, batch.set_aside),
        )
        counts = {
            "items": len(batch.posts) + len(batch.set_aside) + len(batch.deletions),
            "posts": took.new,
            "set_aside": took.set_aside,
            "gaps": took.gaps,
        }
        poll_rows.advance(db, conn, listener, query, state=batch.next_state, counts=counts, cost=batch.cost)
    return took


def _rounds(batch: Batch) -> Iterable[dict[Key, tuple[Post, bool]]]:
    """The posts of a batch with their context flag, cut so that no round holds a post twice."""
    waiting = [(post, False) for post in batch.posts] + [(post, True) for post in batch.context]
    while waiting:
        turn: dict[Key, tuple[Post, bool]] = {}
        later: list[tuple[Post, bool]] = []
        for post, context in waiting:
            key = clean(post.source), clean(post.id)
            if key not in turn:
                turn[key] = post, context
            elif post.revision != turn[key][0].revision:
                later.append((post, context))
        yield turn
        waiting = later


def _take(taking: Taking, items: dict[Key, tuple[Post, bool]]) -> Intake:
    """Store one round; counts only what was heard for itself, not context."""
    items = _without_the_gone(taking, items)
    held = _held(taking, items)
    fresh = {key: item for key, item in items.items() if key not in held}
    revised = _revised(taking, items, held)
    persons = persons_of(taking, [item[0] for item in (*fresh.values(), *revised.values())])
    _store(taking, fresh, held, persons)
    _supersede(taking, revised, held)
    _refresh(taking, items, held)
    _echo(taking, items, fresh, held)
    new = sum(not context for _, context in fresh.values())
    edits = sum(not context for _, context in revised.values())
    return Intake(new=new, revised=edits)


def _without_the_gone(taking: Taking, items: dict[Key, tuple[Post, bool]]) -> dict[Key, tuple[Post, bool]]:
    """Leave out posts that were deleted and people who were forgotten."""
    conn, stones = taking.conn, taking.tombstones
    if not stones.any(conn):
        return items
    by_post = {key: stones.hash("post", *key) for key in items}
    by_person = {key: stones.hash("person", *person_key(taking, post)) for key, (post, _) in items.items()}
    gone = stones.among(conn, "post", by_post.values())
    forgotten = stones.among(conn, "person", by_person.values())
    return {
        key: item
        for key, item in items.items()
        if by_post[key] not in gone and by_person[key] not in forgotten
    }


def _held(taking: Taking, items: dict[Key, tuple[Post, bool]]) -> dict[Key, AnyRow]:
    """What the ledger holds of these posts and of the posts they answer."""
    wanted: dict[str, set[str]] = {}
    for (source, native), (post, _) in items.items():
        wanted.setdefault(source, set()).add(native)
        if post.parent_id:
            wanted[source].add(clean(post.parent_id))
    found: dict[Key, AnyRow] = {}
    for source, natives in wanted.items():
        for some in chunks(sorted(natives)):
            which = posts.c.source == source, posts.c.native_id.in_(some)
            for row in taking.conn.execute(select(posts).where(*which)):
                found[source, row.native_id] = row
    return found


def _revised(
    taking: Taking, items: dict[Key, tuple[Post, bool]], held: dict[Key, AnyRow]
) -> dict[Key, tuple[Post, bool]]:
    """Those that come with a revision we never saw."""
    changed = {
        key: item
        for key, item in items.items()
        if key in held and clean(item[0].revision) != held[key].network_revision
    }
    if not changed:
        return {}
    seen: set[tuple[int, str]] = set()
    for some in chunks([held[key].id for key in changed]):
        columns = select(post_revisions.c.post_id, post_revisions.c.network_revision)
        seen.update(taking.conn.execute(columns.where(post_revisions.c.post_id.in_(some))).all())
    return {k: i for k, i in changed.items() if (held[k].id, clean(i[0].revision)) not in seen}


def _store(
    taking: Taking,
    fresh: dict[Key, tuple[Post, bool]],
    held: dict[Key, AnyRow],
    persons: dict[Key, int],
) -> None:
    """Insert posts that are new, each in its conversation."""
    if not fresh:
        return
    rows = []
    moved: dict[Key, str] = {}
    for key, (post, context) in fresh.items():
        conversation = _conversation(key, fresh, held)
        if post.conversation_id is None and conversation != key[1]:
            moved[key] = conversation
        rows.append(
            {
                "source": key[0],
                "native_id": key[1],
                "kind": post.kind.value,
                **_words_of(post),
                "created_at": post.created_at,
                "person_id": persons[person_key(taking, post)],
                "conversation": conversation,
                "conversation_id": None if post.conversation_id is None else clean(post.conversation_id),
                "parent_id": None if post.parent_id is None else clean(post.parent_id),
                **dict(zip(("replies", "reposts", "likes"), _counts(post), strict=True)),
                "context": context,
                "network_revision": clean(post.revision),
                "analyzed": 1 if context or post.kind is Kind.REPOST else 0,
                "listener": taking.listener,
                "query": taking.query,
                "heard_at": taking.now,
                "checked_at": taking.now,
            }
        )
    taking.conn.execute(insert(posts), rows)
    _gather(taking, moved)


def _words_of(post: Post) -> dict[str, Any]:
    return {
        "text": clean(post.text),
        "title": clean(post.title),
        "url": clean(post.url),
        "language": post.language,
    }


def _counts(post: Post) -> tuple[int, int, int]:
    """Replies, reposts and likes, within what a column holds."""
    told = post.spread.replies, post.spread.reposts, post.spread.likes
    replies, reposts, likes = (min(max(0, count), 2**31 - 1) for count in told)
    return replies, reposts, likes


def _conversation(key: Key, fresh: dict[Key, tuple[Post, bool]], held: dict[Key, AnyRow]) -> str:
    """The network's word for it, or the parent's, or the post itself. A parent not held yet is the root."""
    walked = {key}
    while True:
        post = fresh[key][0]
        if post.conversation_id:
            return clean(post.conversation_id)
        if not post.parent_id or post.kind not in {Kind.REPLY, Kind.COMMENT}:
            return key[1]
        parent = key[0], clean(post.parent_id)
        if parent in held:
            return str(held[parent].conversation)
        if parent not in fresh or parent in walked:
            return parent[1]
        walked.add(parent)
        key = parent


def _gather(taking: Taking, moved: dict[Key, str]) -> None:
    """Answers that came before these posts took them for the root; bring them into the conversation."""
    for source in {source for source, _ in moved}:
        roots = [native for of, native in moved if of == source]
        for some in chunks(roots):
            in_them = posts.c.source == source, posts.c.conversation.in_(some)
            for old in taking.conn.scalars(select(posts.c.conversation).where(*in_them).distinct()).all():
                for table in (posts, mentions):
                    taking.conn.execute(
                        update(table)
                        .where(table.c.source == source, table.c.conversation == old)
                        .values(conversation=moved[source, old])
                    )


def _supersede(taking: Taking, revised: dict[Key, tuple[Post, bool]], held: dict[Key, AnyRow]) -> None:
    """Keep the old words as history and set the new ones to be understood."""
    if not revised:
        return
    history = []
    changes = []
    for key, (post, context) in revised.items():
        old = held[key]
        history.append(
            {
                "post_id": old.id,
                "revision": old.revision,
                "network_revision": old.network_revision,
                "text": old.text,
                "title": old.title,
                "superseded_at": taking.now,
            }
        )
        idle = (context and old.context) or post.kind is Kind.REPOST
        changes.append(
            {
                "pk": old.id,
                "b_text": clean(post.text),
                "b_title": clean(post.title),
                "b_url": clean(post.url) or old.url,
                "b_language": post.language or old.language,
                "b_network_revision": clean(post.revision),
                "b_revision": old.revision + 1,
                "b_analyzed": old.revision + 1 if idle else old.analyzed,
            }
        )
    taking.conn.execute(insert(post_revisions), history)
    names = ("text", "title", "url", "language", "network_revision", "revision", "analyzed")
    change = update(posts).where(posts.c.id == bindparam("pk"))
    taking.conn.execute(change.values({name: bindparam(f"b_{name}") for name in names}), changes)


def _refresh(taking: Taking, items: dict[Key, tuple[Post, bool]], held: dict[Key, AnyRow]) -> None:
    """Counts as last seen; and what was only context becomes a post when it is heard for itself."""
    counts = []
    heard = []
    for key, (post, context) in items.items():
        old = held.get(key)
        if old is None:
            continue
        now = _counts(post)
        if now != (old.replies, old.reposts, old.likes) and any(now):
            counts.append({"pk": old.id, "b_replies": now[0], "b_reposts": now[1], "b_likes": now[2]})
        if old.context and not context:
            heard.append(old.id)
    if counts:
        change = update(posts).where(posts.c.id == bindparam("pk"))
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in ("replies", "reposts", "likes")}
        taking.conn.execute(change.values(values), counts)
    mark_checked(taking.conn, [held[key].id for key in items if key in held], taking.now)
    _promote(taking, heard)


def _promote(taking: Taking, ids: Sequence[int]) -> None:
    for some in chunks(ids):
        work = update(posts).where(posts.c.id.in_(some), posts.c.context, posts.c.kind != Kind.REPOST.value)
        taking.conn.execute(work.values(context=False, analyzed=0))


def _echo(
    taking: Taking,
    items: dict[Key, tuple[Post, bool]],
    fresh: dict[Key, tuple[Post, bool]],
    held: dict[Key, AnyRow],
) -> None:
    """Count reposts with their originals; a repost says the original's words, so those are judged."""
    touched: dict[str, set[str]] = {}
    said: set[Key] = set()
    for key, (post, context) in fresh.items():
        if post.kind is Kind.REPOST:
            if post.parent_id:
                original = key[0], clean(post.parent_id)
                touched.setdefault(key[0], set()).add(original[1])
                if not context:
                    said.add(original)
        else:
            touched.setdefault(key[0], set())
    echoed = [key for key in items if key in said and items[key][1]]
    heard = [held[key].id for key in said if key in held and held[key].context]
    for source, parents in touched.items():
        natives = parents | _reposted_before(taking, source, [n for of, n in fresh if of == source])
        count_reposts(taking.db, taking.conn, source, natives)
        for some in chunks([native for of, native in echoed if of == source]):
            which = posts.c.source == source, posts.c.native_id.in_(some), posts.c.context
            heard.extend(taking.conn.scalars(select(posts.c.id).where(*which)))
    _promote(taking, heard)


def _reposted_before(taking: Taking, source: str, natives: Sequence[str]) -> set[str]:
    """Those of the new posts whose reposts came before them."""
    found: set[str] = set()
    for some in chunks(natives):
        which = posts.c.source == source, posts.c.parent_id.in_(some), posts.c.kind == REPOST
        found.update(n for n in taking.conn.scalars(select(posts.c.parent_id).where(*which)) if n)
    return found


def _delete(taking: Taking, deletions: Sequence[Deletion]) -> int:
    """Erase what is gone from its network. Returns how many of them we held."""
    if not deletions:
        return 0
    return erase(
        taking.db,
        taking.conn,
        taking.tombstones,
        [(clean(d.source), clean(d.id), d.why.value) for d in deletions],
    ).posts
