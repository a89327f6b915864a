"""What must not come back: keyed hashes of posts and people that are gone.

A hash says nothing about whom it stands for without the ledger's own key, and cannot be turned back
with it; it only answers "is this one of those?". The key is made with the ledger and never leaves it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from earnest.ledger.database import Database, chunks
from earnest.ledger.tables import keys, tombstones

What = Literal["post", "person", "alone"]
"""A post that was deleted, a person who was forgotten, a person who asked to be left alone."""


class Tombstones:
    """The hashes of one ledger. Hashing needs no database after the first time."""

    def __init__(self, db: Database) -> None:
        """Read the key, or make it with the ledger's first use."""
        with db.read() as conn:
            key = conn.scalar(select(keys.c.value).where(keys.c.name == "tombstones"))
        if key is None:
            with db.write() as conn:
                fresh = {"name": "tombstones", "value": secrets.token_bytes(32)}
                conn.execute(db.upsert(keys).values(fresh).on_conflict_do_nothing())
                key = conn.scalar(select(keys.c.value).where(keys.c.name == "tombstones"))
        assert key is not None
        self._key = bytes(key)

    def hash(self, what: What, source: str, native_id: str) -> str:
        """The keyed hash of a name, 64 hex digits."""
        named = "\x00".join(("post" if what == "post" else "person", source, native_id))
        return hmac.new(self._key, named.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def among(self, conn: Connection, what: What, hashes: Iterable[str]) -> dict[str, datetime]:
        """Those of the hashes that stand, with the time they were set."""
        found: dict[str, datetime] = {}
        for some in chunks(sorted(set(hashes))):
            wanted = tombstones.c.what == what, tombstones.c.hash.in_(some)
            rows = conn.execute(select(tombstones.c.hash, tombstones.c.at).where(*wanted))
            found.update(rows.all())
        return found

    def any(self, conn: Connection) -> bool:
        """Whether there are any at all: most ledgers skip the look-ups for a long time."""
        return conn.scalar(select(tombstones.c.hash).limit(1)) is not None

    def set(self, conn: Connection, what: What, hashes: Iterable[str], *, why: str, at: datetime) -> None:
        """Set tombstones; those that stand already keep their time."""
        wanted = sorted(set(hashes))
        standing = self.among(conn, what, wanted)
        rows = [{"hash": h, "what": what, "why": why, "at": at} for h in wanted if h not in standing]
        if rows:
            conn.execute(insert(tombstones), rows)
