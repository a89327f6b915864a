"""How far a complaint carries: reposts of its post and near-copies of its words by other people.

An echo is never a mention of its own. When the number of echoes doubles, the mention is decided
again, so that a story that spreads is weighed again, but a story with thousands of echoes costs a
handful of decisions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, func, literal, select, update

from earnest.ledger.database import Database, chunks
from earnest.ledger.tables import mentions, posts
from listeners.post import Kind

REPOST = literal(Kind.REPOST.value, literal_execute=True)
"""Written into the statement, so that the partial index of reposts is seen to fit."""


def count_reposts(db: Database, conn: Connection, source: str, natives: Collection[str]) -> None:
    """Count the reposts of these posts anew."""
    repost = posts.alias("repost")
    for some in chunks(sorted(natives)):
        originals = conn.execute(
            select(posts.c.id, posts.c.native_id, posts.c.echoes).where(
                posts.c.source == source, posts.c.native_id.in_(some)
            )
        ).all()
        heard: dict[str, int] = dict(
            conn.execute(
                select(repost.c.parent_id, func.count())
                .where(
                    repost.c.source == source,
                    repost.c.kind == REPOST,
                    repost.c.deleted_at.is_(None),
                    repost.c.parent_id.in_(some),
                )
                .group_by(repost.c.parent_id)
            ).all()
        )
        changes = [(row, heard.get(row.native_id, 0)) for row in originals]
        changes = [(row, count) for row, count in changes if count != row.echoes]
        if not changes:
            continue
        conn.execute(
            update(posts).where(posts.c.id == bindparam("pk")).values(echoes=bindparam("b_echoes")),
            [{"pk": row.id, "b_echoes": count} for row, count in changes],
        )
        _weigh_again(conn, {row.id: (row.echoes, count) for row, count in changes})


def _weigh_again(conn: Connection, counts: Mapping[int, tuple[int, int]]) -> None:
    """Have mentions of these posts decided again where the echo grew past a power of two."""
    grown = []
    for some in chunks(sorted(counts)):
        columns = select(mentions.c.id, mentions.c.post_id, mentions.c.echoes)
        for row in conn.execute(columns.where(mentions.c.post_id.in_(some), mentions.c.present)):
            before, after = counts[row.post_id]
            if doubled(before + row.echoes, after + row.echoes):
                grown.append(row.id)
    decide_again(conn, grown)


def doubled(before: int, after: int) -> bool:
    """Whether a count grew past a power of two."""
    return after > before and after.bit_length() > before.bit_length()


def decide_again(conn: Connection, ids: Collection[int]) -> None:
    """Put mentions that were decided back to be decided."""
    for some in chunks(sorted(ids)):
        conn.execute(
            update(mentions)
            .where(mentions.c.id.in_(some), mentions.c.decided == mentions.c.revision)
            .values(revision=mentions.c.revision + 1)
        )
