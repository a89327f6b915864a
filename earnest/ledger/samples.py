"""Random samples of what was dismissed, not noticed or brought, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, insert, literal, select, update

from earnest.ledger.database import Database
from earnest.ledger.rows import POST_COLUMNS, post_of
from earnest.ledger.sample_tables import ANSWERS
from earnest.ledger.tables import mentions, people, posts, sample_items, samples
from earnest.ledger.understanding import parents_of
from listeners.post import Kind, Post

NEAR = 0.05
"""Of dismissed mentions: the complaint probability from which they were near to being called one."""
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be drawn: a mention, or (mention None) a post in which no brand was found."""

    stratum: str
    source: str
    brand: str
    post: int
    mention: int | None


@dataclass(frozen=True, slots=True)
class StratumView:
    """How many there were when it was drawn, how many were drawn, and what people said of them so far.

    gone: drawn and not answered before they were erased.
    """

    name: str
    population: int
    drawn: int
    complaints: int
    none: int
    unsure: int
    gone: int

    @property
    def open(self) -> int:
        """How many still wait for an answer."""
        return self.drawn - self.complaints - self.none - self.unsure - self.gone


@dataclass(frozen=True, slots=True)
class SampleView:
    """A sample: drawn when, by whom, of the posts of which days."""

    id: int
    drawn_at: datetime
    since: datetime
    until: datetime
    who: str
    strata: tuple[StratumView, ...]

    @property
    def open(self) -> int:
        """How many still wait for an answer."""
        return sum(one.open for one in self.strata)


@dataclass(frozen=True, slots=True)
class SampleItem:
    """One post to judge, and what it answers. brand: "" where none was found in it. answer: "" before."""

    place: int
    brand: str
    post: Post
    parent: Post | None
    answer: str


def candidates(db: Database, since: datetime, until: datetime) -> Iterator[Candidate]:
    """Everything of that time that may be drawn. Streams.

    Left out are own voices, near-copies and reposts (their original is there), and what still waits to be
    understood or decided.
    """
    below = case((mentions.c.complaint < NEAR, "far"), else_="near")
    dismissed = case((~mentions.c.judged, "unread"), (mentions.c.is_complaint, "ruled out"), else_=below)
    stratum = case((mentions.c.outcome == "route", "brought"), else_=dismissed)
    named = (
        select(stratum, mentions.c.source, mentions.c.brand, mentions.c.post_id, mentions.c.id)
        .join(posts, posts.c.id == mentions.c.post_id)
        .where(mentions.c.posted_at >= since, mentions.c.posted_at < until)
        .where(mentions.c.present, ~mentions.c.own_voice, mentions.c.duplicate_of.is_(None))
        .where(mentions.c.outcome.in_(("route", "dismiss")), mentions.c.decided == mentions.c.revision)
        .where(posts.c.kind != Kind.REPOST.value, posts.c.deleted_at.is_(None))
    )
    held = exists().where(mentions.c.post_id == posts.c.id, mentions.c.present)
    unnamed = (
        select(literal("unmentioned"), posts.c.source, literal(""), posts.c.id, literal(None))
        .where(posts.c.created_at >= since, posts.c.created_at < until)
        .where(posts.c.analyzed == posts.c.revision, posts.c.deleted_at.is_(None), ~posts.c.context)
        .where(posts.c.kind != Kind.REPOST.value, ~held)
    )
    statements: tuple[Select[Any], ...] = (named, unnamed)
    with db.read() as conn:
        for statement in statements:
            rows = conn.execute(statement.execution_options(yield_per=CHUNK))
            for name, source, brand, post, mention in rows:
                yield Candidate(name, source, brand, post, mention)


def keep(
    db: Database,
    drawn: Sequence[Candidate],
    populations: Mapping[str, int],
    *,
    since: datetime,
    until: datetime,
    seed: int,
    who: str,
) -> int:
    """Store a sample, to be read in the order of `drawn`; its number."""
    with db.write(durable=True, stages=False) as conn:
        made = conn.execute(
            insert(samples)
            .values(
                drawn_at=db.clock(),
                since=since,
                until=until,
                seed=seed,
                who=who,
                strata=[[name, count] for name, count in populations.items()],
            )
            .returning(samples.c.id)
        ).scalar_one()
        rows = [
            {
                "sample_id": made,
                "place": place,
                "stratum": one.stratum,
                "post_id": one.post,
                "mention_id": one.mention,
            }
            for place, one in enumerate(drawn, 1)
        ]
        if rows:
            conn.execute(insert(sample_items), rows)
        return int(made)


def sample(db: Database, number: int | None = None) -> SampleView | None:
    """A sample, the latest where none is named; None where there is none."""
    which = select(samples).order_by(samples.c.id.desc()).limit(1)
    if number is not None:
        which = which.where(samples.c.id == number)
    said = [func.sum(case((sample_items.c.answer == answer, 1), else_=0)) for answer in ANSWERS]
    gone = func.sum(case((and_(sample_items.c.answer == "", posts.c.deleted_at.is_not(None)), 1), else_=0))
    with db.read() as conn:
        row = conn.execute(which).one_or_none()
        if row is None:
            return None
        counted = conn.execute(
            select(sample_items.c.stratum, func.count(), *said, gone)
            .join(posts, posts.c.id == sample_items.c.post_id)
            .where(sample_items.c.sample_id == row.id)
            .group_by(sample_items.c.stratum)
        ).all()
    by_name = {name: [int(count) for count in counts] for name, *counts in counted}
    strata = tuple(
        StratumView(name, population, *by_name.get(name, [0, 0, 0, 0, 0])) for name, population in row.strata
    )
    return SampleView(row.id, row.drawn_at, row.since, row.until, row.who, strata)


def items(
    db: Database, number: int, *, waiting: bool = False, after: int = 0, limit: int = 1000
) -> list[SampleItem]:
    """What was drawn and is still held, in the order of reading, from behind place `after`.

    waiting: only what nobody has answered.
    """
    columns = (
        select(sample_items.c.place, sample_items.c.answer, mentions.c.brand, *POST_COLUMNS)
        .select_from(
            sample_items.join(posts, posts.c.id == sample_items.c.post_id)
            .outerjoin(people, people.c.id == posts.c.person_id)
            .outerjoin(mentions, mentions.c.id == sample_items.c.mention_id)
        )
        .where(sample_items.c.sample_id == number, sample_items.c.place > after, posts.c.deleted_at.is_(None))
        .order_by(sample_items.c.place)
        .limit(limit)
    )
    if waiting:
        columns = columns.where(sample_items.c.answer == "")
    with db.read() as conn:
        rows = conn.execute(columns).all()
        parents = parents_of(conn, rows)
    return [
        SampleItem(
            place=row.place,
            brand=row.brand or "",
            post=post_of(row),
            parent=parents.get((row.source, row.parent_id)),
            answer=row.answer,
        )
        for row in rows
    ]


def answer(db: Database, number: int, answers: Mapping[int, str], *, who: str) -> int:
    """Keep what `who` says of items, by place ("" takes an answer back); how many items that were.

    Raises ValueError for a word that is no answer. What was erased meanwhile takes none.
    """
    for said in answers.values():
        if said not in {"", *ANSWERS}:
            raise ValueError(f"{said!r} is none of {', '.join(ANSWERS)}")
    now, kept = db.clock(), 0
    held = select(posts.c.id).where(posts.c.id == sample_items.c.post_id, posts.c.deleted_at.is_(None))
    with db.write(durable=True, stages=False) as conn:
        for place, said in answers.items():
            kept += conn.execute(
                update(sample_items)
                .where(sample_items.c.sample_id == number, sample_items.c.place == place, held.exists())
                .values(answer=said, who=who if said else "", answered_at=now if said else None)
            ).rowcount
    return kept
