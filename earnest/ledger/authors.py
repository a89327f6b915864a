"""Who stands behind the posts of a batch: made, renamed, or found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, insert, select, update

from earnest.ledger.database import Database, chunks
from earnest.ledger.handles import handle_key
from earnest.ledger.rows import AnyRow, clean
from earnest.ledger.tables import people
from earnest.ledger.tombstones import Tombstones
from listeners.post import Post

Key = tuple[str, str]
"""(source, native id) of a post or a person."""


@dataclass(slots=True)
class Taking:
    """One batch on its way in."""

    db: Database
    conn: Connection
    tombstones: Tombstones
    listener: str
    query: str
    now: datetime


def person_key(taking: Taking, post: Post) -> Key:
    """Who stands behind a post: its author, or the site where it names none."""
    if post.author is not None:
        return clean(post.source), clean(post.author.id)
    return clean(post.source), f"site:{_site(taking, post)}"


def _site(taking: Taking, post: Post) -> str:
    try:
        return urlsplit(post.url).hostname or clean(taking.query)
    except ValueError:
        return clean(taking.query)


def persons_of(taking: Taking, authored: Sequence[Post]) -> dict[Key, int]:
    """The people behind these posts, made or brought up to date; by their key."""
    wanted: dict[Key, dict[str, Any]] = {}
    for post in authored:
        source, native = person_key(taking, post)
        name = _site(taking, post) if post.author is None else clean(post.author.handle)
        wanted[source, native] = {
            "source": source,
            "native_id": native,
            "handle": name,
            "handle_key": "" if post.author is None else handle_key(source, name),
            "name": "" if post.author is None else clean(post.author.name),
            "is_site": post.author is None,
        }
    known = _known_people(taking, wanted)
    missing = [values for key, values in wanted.items() if key not in known]
    if missing:
        stones = taking.tombstones
        hashes = {
            (v["source"], v["native_id"]): stones.hash("person", v["source"], v["native_id"]) for v in missing
        }
        alone = stones.among(taking.conn, "alone", hashes.values())
        for values in missing:
            values["left_alone_at"] = alone.get(hashes[values["source"], values["native_id"]])
        taking.conn.execute(insert(people), missing)
    renamed = [
        {
            "pk": known[key].id,
            "handle": v["handle"] or known[key].handle,
            "handle_key": v["handle_key"] if v["handle"] else known[key].handle_key,
            "name": v["name"] or known[key].name,
        }
        for key, v in wanted.items()
        if key in known
        and ((v["handle"] or known[key].handle), (v["name"] or known[key].name))
        != (known[key].handle, known[key].name)
    ]
    if renamed:
        taking.conn.execute(update(people).where(people.c.id == bindparam("pk")), renamed)
    if missing:
        known = _known_people(taking, wanted)
    return {key: row.id for key, row in known.items()}


def _known_people(taking: Taking, wanted: Iterable[Key]) -> dict[Key, AnyRow]:
    by_source: dict[str, list[str]] = {}
    for source, native in wanted:
        by_source.setdefault(source, []).append(native)
    columns = select(people.c.id, people.c.native_id, people.c.handle, people.c.name, people.c.handle_key)
    return {
        (source, row.native_id): row
        for source, natives in by_source.items()
        for some in chunks(natives)
        for row in taking.conn.execute(columns.where(people.c.source == source, people.c.native_id.in_(some)))
    }
