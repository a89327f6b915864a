"""The telling words of what people complain of, kept so that others who say the same are found.

At most 12 of a mention that opened or reopened a case, or came to it and was routed: as 64 bits of
brand and word, with the minute it was posted. One more stands for "a case of this brand", to count them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from earnest.ledger.database import Database, chunks
from earnest.ledger.tables import case_words, cases, mentions, posts
from earnest.search.stems import stems
from earnest.search.tokens import tokens
from routing.decision import Outcome

MOST = 12
ANY = ""
"""In place of a word: every case of the brand has it."""

_CHATTER = """
    thank help i'm it's servic pleas work don't need lik back day customer can't know new say i've try want
    check mak today even going wait look issu real fix see people peopl hey hour way good never lov problem
    year last yes month someon giv that's week tak great already find tri other use show well contact tell
    you're right happen didn't hav thing said ask next send keep let doesn't fre every won't hop what's noth
    best sinc first told point item ever another someth minut isn't friend happy i'll start plan alway thought
    worst though abl ago feel went wrong answer used add plac many using hello respons via sign long better
    without final actual anyth turn set lat mayb morn night still here hi yet tonight yesterday guys anyon
"""
_SAID_BY_MANY = frozenset(_CHATTER.split())
"""Stems that people who complain of anything use; they tell nothing of what it is."""


def telling(title: str, text: str, brand: str) -> list[str]:
    """The words that tell what somebody complains of, the weightiest first; without the brand's name."""
    own = set(stems(brand))
    counted: Counter[str] = Counter()
    for stem in stems(f"{title} {text}"):
        word = stem.lstrip("#")
        if stem[0] != "@" and "://" not in stem and len(word) > 2 and word not in _SAID_BY_MANY | own:
            counted[word] += 1
    return [word for word, _ in counted.most_common(MOST)]  # of equals, those that were said first


def as_said(text: str) -> dict[str, str]:
    """The telling form of each word of `text` → the word as it was said first, for people to read."""
    said: dict[str, str] = {}
    for token in tokens(text):
        for stem in stems(token):
            said.setdefault(stem.lstrip("#"), token)
    return said


def key(brand: str, word: str) -> int:
    """64 bits, signed as databases like it; brands never meet."""
    salt = hashlib.blake2b(brand.encode("utf-8", "replace"), digest_size=16).digest()
    digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8, key=salt).digest()
    return int.from_bytes(digest, "big", signed=True)


def minute(when: datetime) -> int:
    """Minutes since 1970."""
    return int(when.timestamp() // 60)


def keep(db: Database, conn: Connection, said: Iterable[tuple[int, str, datetime, str, str]]) -> None:
    """Keep the words of these: (case, brand, when it was posted, title, text)."""
    rows = [
        {"word": key(brand, word), "minute": minute(when), "case_id": case_id}
        for case_id, brand, when, title, text in said
        for word in (ANY, *telling(title, text, brand))
    ]
    if rows:
        conn.execute(db.upsert(case_words).on_conflict_do_nothing(), rows)


def renew(db: Database, conn: Connection, case_ids: Sequence[int]) -> None:
    """After an erasure: only what is left of these cases has words."""
    held = (
        select(cases.c.id, cases.c.brand, mentions.c.posted_at, posts.c.title, posts.c.text)
        .join(mentions, (mentions.c.case_id == cases.c.id) & (mentions.c.brand == cases.c.brand))
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(mentions.c.present, mentions.c.outcome == Outcome.ROUTE.value, posts.c.deleted_at.is_(None))
    )
    for some in chunks(case_ids):
        conn.execute(delete(case_words).where(case_words.c.case_id.in_(some)))
        keep(db, conn, [tuple(row) for row in conn.execute(held.where(cases.c.id.in_(some)))])
