"""Near-copies: the same words by somebody else are an echo of the first mention, not a new one.

Fingerprints are kept only for the first of a family, whoever wrote the others: a post that a
thousand people paste costs one row of bands each time it is looked up, not a thousand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from earnest.ledger.database import chunks
from earnest.ledger.echoes import decide_again, doubled
from earnest.ledger.tables import bands, mentions, posts
from nlp.duplicates import same

Key = tuple[int, str]
"""(post, brand): names a mention before it has a number."""

TRIES = 8  # candidates compared word for word, at most; the bands already chose well


@dataclass(frozen=True, slots=True)
class First:
    """A mention whose words others may repeat."""

    posted_at: datetime
    post_id: int
    brand: str
    person_id: int | None
    text: str

    @property
    def key(self) -> Key:
        """What names the mention."""
        return self.post_id, self.brand


class Family:
    """The first ones that a batch may repeat: those in the ledger, and those of the batch itself."""

    def __init__(self, conn: Connection, wanted: Collection[int]) -> None:
        """Read every first mention that shares one of these bands."""
        self._by_band: dict[int, list[First]] = {}
        columns = select(
            bands.c.band, posts.c.created_at, posts.c.id, mentions.c.brand, posts.c.person_id, posts.c.text
        )
        joined = columns.select_from(
            bands.join(mentions, mentions.c.id == bands.c.mention_id).join(
                posts, posts.c.id == mentions.c.post_id
            )
        )
        for some in chunks(sorted(wanted)):
            for band, *first in conn.execute(joined.where(bands.c.band.in_(some), mentions.c.present)):
                self._by_band.setdefault(band, []).append(First(*first))

    def find(self, one: First, hashes: Sequence[int]) -> First | None:
        """The earliest mention with the same words, of another post."""
        near = {
            first for band in hashes for first in self._by_band.get(band, ()) if first.post_id != one.post_id
        }
        ordered = sorted(near, key=lambda first: (first.posted_at, first.post_id))
        return next((first for first in ordered[:TRIES] if same(first.text, one.text)), None)

    def add(self, one: First, hashes: Sequence[int]) -> None:
        """Let later ones of the batch find this one."""
        for band in hashes:
            self._by_band.setdefault(band, []).append(one)


def band_hashes(brand: str, fingerprint: Sequence[str]) -> tuple[int, ...]:
    """64 bits per band, signed as databases like it; brands never meet."""
    salt = hashlib.blake2b(brand.encode("utf-8", "replace"), digest_size=16).digest()
    return tuple(
        sorted(
            {
                int.from_bytes(
                    hashlib.blake2b(band.encode(), digest_size=8, key=salt).digest(), "big", signed=True
                )
                for band in fingerprint
            }
        )
    )


def forget_bands(conn: Connection, ids: Sequence[int]) -> None:
    """Drop the fingerprints of these mentions."""
    for some in chunks(ids):
        conn.execute(delete(bands).where(bands.c.mention_id.in_(some)))


def keep_bands(conn: Connection, prints: Mapping[int, Sequence[int]]) -> None:
    """Keep the fingerprints of first ones, by mention."""
    rows = [{"band": band, "mention_id": pk} for pk, hashes in prints.items() for band in hashes]
    if rows:
        conn.execute(insert(bands), rows)


def link(conn: Connection, copies: Mapping[int, int]) -> None:
    """Say which mention is a copy of which."""
    if copies:
        conn.execute(
            update(mentions)
            .where(mentions.c.id == bindparam("pk"))
            .values(duplicate_of=bindparam("b_first")),
            [{"pk": pk, "b_first": first} for pk, first in copies.items()],
        )


def count_copies(conn: Connection, originals: Collection[int]) -> None:
    """Count the copies of these mentions anew; where the echo doubled, have them decided again."""
    copy = mentions.alias("copy")
    counted = (
        select(func.count())
        .select_from(copy)
        .where(copy.c.duplicate_of == mentions.c.id, copy.c.present)
        .correlate(mentions)
        .scalar_subquery()
    )
    for some in chunks(sorted(originals)):
        columns: Any = select(mentions.c.id, mentions.c.echoes, posts.c.echoes).join(
            posts, posts.c.id == mentions.c.post_id
        )
        before = {pk: (own, heard) for pk, own, heard in conn.execute(columns.where(mentions.c.id.in_(some)))}
        conn.execute(update(mentions).where(mentions.c.id.in_(some)).values(echoes=counted))
        now = conn.execute(select(mentions.c.id, mentions.c.echoes).where(mentions.c.id.in_(some))).all()
        decide_again(conn, [pk for pk, own in now if doubled(sum(before[pk]), before[pk][1] + own)])
