"""Which accounts may be one person's: only ever a suggestion with its evidence, until a responder says so.

Signs are what the person made public: the same handle elsewhere, a link to the other profile in a post
of theirs, the same words posted on both. What a responder says of a pair is appended, never changed; the
latest word counts, and "open" takes it back. Nothing is merged: each account keeps its own cases.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, exists, func, insert, or_, select

from earnest.ledger.database import Database
from earnest.ledger.earlier import cases_where
from earnest.ledger.handles import handle_key
from earnest.ledger.tables import account_verdicts, cases, mentions, people, posts
from earnest.ledger.views import EarlierCase
from routing.case import IllegalTransition

Verdict = Literal["same", "other", "open"]

LOOK = 200
"""Posts of a person that are read for links to other profiles, newest first."""
MOST = 8
FAMILY = 4
"""Words that more people than this repeat are a chain letter and tell nothing of who posted them."""

_PROFILES = {
    "x": re.compile(r"\b(?:x|twitter)\.com/(\w{1,15})/?(?![\w/])", re.IGNORECASE),
    "reddit": re.compile(
        r"(?:\breddit\.com/u(?:ser)?/|(?<![\w/])/?u/)([\w-]{3,20})/?(?![\w/])", re.IGNORECASE
    ),
    "bluesky": re.compile(r"\bbsky\.app/profile/([\w.-]+\w)/?(?![\w/])", re.IGNORECASE),
    "mastodon": re.compile(r"(?<![\w@])@(\w+@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE),
}
_MASTODON_PAGE = re.compile(r"https?://([\w-]+(?:\.[\w-]+)+)/@(\w+)/?(?![\w/])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """Why two accounts may be one person's. words: what was posted, where it is a link or the same text."""

    how: Literal["handle", "link", "text"]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Another account, what speaks for its being the same person's, and what was said of that.

    verdict: "same" and "other" with who and when; "open" while nobody said. cases: where it is the same.
    """

    person_id: int
    source: str
    handle: str
    name: str
    left_alone: bool
    signs: tuple[Sign, ...]
    verdict: Verdict = "open"
    who: str = ""
    at: datetime | None = None
    cases: tuple[EarlierCase, ...] = ()


def accounts_of(db: Database, person_id: int) -> tuple[Account, ...]:
    """The accounts said to be theirs, then those that may be, then those said not to be."""
    with db.read() as conn:
        return _accounts(conn, person_id)


def judge(db: Database, person_id: int, other_id: int, verdict: Verdict, *, responder: str) -> None:
    """Say that two accounts are one person's, are not, or take back what was said.

    Raises IllegalTransition where nothing speaks for it, or nothing would change.
    """
    low, high = sorted((person_id, other_id))
    with db.write(durable=True, stages=False) as conn:
        found = next((one for one in _accounts(conn, person_id) if one.person_id == other_id), None)
        if found is None:
            raise IllegalTransition("nothing that was heard speaks for these two accounts being one person's")
        if found.verdict == verdict:
            raise IllegalTransition("that is noted already")
        conn.execute(
            insert(account_verdicts).values(
                person_id=low,
                other_id=high,
                verdict=verdict,
                evidence=sorted({sign.how for sign in found.signs}),
                who=responder,
                at=db.clock(),
            )
        )


def also_theirs(conn: Connection, person_id: int) -> set[int]:
    """The numbers of the accounts that are said to be this person's too."""
    return {number for number, row in _said(conn, person_id).items() if row.verdict == "same"}


def part(conn: Connection, ids: Collection[int]) -> None:
    """Forget everything that was said of these people's accounts."""
    either = or_(account_verdicts.c.person_id.in_(ids), account_verdicts.c.other_id.in_(ids))
    conn.execute(delete(account_verdicts).where(either))


def _accounts(conn: Connection, person_id: int) -> tuple[Account, ...]:
    me = conn.execute(
        select(people).where(people.c.id == person_id, people.c.erased_at.is_(None), ~people.c.is_site)
    ).one_or_none()
    if me is None:
        return ()
    signs: dict[int, list[Sign]] = {}
    for number, sign in (*_by_handle(conn, me), *_by_link(conn, me), *_by_text(conn, me)):
        signs.setdefault(number, []).append(sign)
    said = _said(conn, person_id)
    # The brand's own accounts are linked to by everybody; they are nobody's second account.
    own = exists().where(
        posts.c.person_id == people.c.id, mentions.c.post_id == posts.c.id, mentions.c.own_voice
    )
    columns = select(people).where(people.c.erased_at.is_(None), ~people.c.is_site, ~own)
    rows = conn.execute(columns.where(people.c.id.in_({*signs, *said}))).all()
    found = [_account(row, signs.get(row.id, ()), said.get(row.id)) for row in rows]
    found = [
        replace(one, cases=cases_where(conn, cases.c.person_id == one.person_id, most=20))
        if one.verdict == "same"
        else one
        for one in found
    ]
    order = {"same": 0, "open": 1, "other": 2}
    found.sort(key=lambda one: (order[one.verdict], -len(one.signs), one.person_id))
    return tuple(one for one in found if one.signs or one.verdict != "open")[:MOST]


def _account(row: Any, signs: Iterable[Sign], said: Any) -> Account:
    account = Account(
        person_id=row.id,
        source=row.source,
        handle=row.handle,
        name=row.name,
        left_alone=row.left_alone_at is not None,
        signs=tuple(dict.fromkeys(signs)),
    )
    return account if said is None else replace(account, verdict=said.verdict, who=said.who, at=said.at)


def _said(conn: Connection, person_id: int) -> dict[int, Any]:
    """The latest word on each pair with this person."""
    either = or_(account_verdicts.c.person_id == person_id, account_verdicts.c.other_id == person_id)
    words = conn.execute(select(account_verdicts).where(either).order_by(account_verdicts.c.id))
    return {row.other_id if row.person_id == person_id else row.person_id: row for row in words}


def _by_handle(conn: Connection, me: Any) -> Iterable[tuple[int, Sign]]:
    """Accounts of other networks with the same handle."""
    if me.handle_key:
        same = people.c.handle_key == me.handle_key, people.c.handle_key != "", people.c.source != me.source
        for number in conn.scalars(select(people.c.id).where(*same).order_by(people.c.id).limit(MOST)):
            yield number, Sign("handle")


def _by_link(conn: Connection, me: Any) -> Iterable[tuple[int, Sign]]:
    """Accounts whose profiles this person's posts link to, or name as their networks do."""
    told = select(posts.c.title, posts.c.text).where(posts.c.person_id == me.id, posts.c.deleted_at.is_(None))
    for post in conn.execute(told.order_by(posts.c.created_at.desc()).limit(LOOK)):
        words = f"{post.title} {post.text}".strip()
        for source, handle in profiles_in(words, without=me.source):
            key = handle_key(source, handle)
            them = people.c.handle_key == key, people.c.handle_key != "", people.c.source == source
            for row in conn.execute(select(people.c.id, people.c.handle).where(*them).limit(MOST)):
                if source != "mastodon" or row.handle.casefold() == handle.casefold():
                    yield row.id, Sign("link", words)


def profiles_in(text: str, *, without: str = "") -> list[tuple[str, str]]:
    """(network, handle) of the profiles that a text links to or names; not those on network `without`."""
    found = [(source, m) for source, pattern in _PROFILES.items() for m in pattern.findall(text)]
    found += [("mastodon", f"{user}@{host}") for host, user in _MASTODON_PAGE.findall(text)]
    return [(source, handle) for source, handle in dict.fromkeys(found) if source != without]


def _by_text(conn: Connection, me: Any) -> Iterable[tuple[int, Sign]]:
    """Accounts of other networks that posted this person's very words, where few others did."""
    of_them = (
        select(func.coalesce(mentions.c.duplicate_of, mentions.c.id))
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(posts.c.person_id == me.id, mentions.c.present)
        .order_by(mentions.c.id.desc())
        .limit(LOOK)
    )
    families = set(conn.scalars(of_them))
    columns = (
        select(mentions.c.id, mentions.c.duplicate_of, mentions.c.person_id, mentions.c.source, posts.c.text)
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(or_(mentions.c.id.in_(families), mentions.c.duplicate_of.in_(families)), mentions.c.present)
        .limit(LOOK)
    )
    members: dict[int, list[Any]] = {}
    for row in conn.execute(columns):
        members.setdefault(row.duplicate_of or row.id, []).append(row)
    for family in members.values():
        if len({row.person_id for row in family}) <= FAMILY:
            for row in family:
                if row.source != me.source and row.person_id is not None:
                    yield row.person_id, Sign("text", row.text)
