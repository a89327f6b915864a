"""What people said of posts, for the next training: labels, cases that were solved, answers of samples.

Only posts that are still held and still say what was judged: what was erased never leaves the ledger, and
words that were edited afterwards are not the words that somebody judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select

from earnest.ledger.database import Database
from earnest.ledger.tables import cases, labels, mentions, post_revisions, posts, sample_items
from earnest.ledger.tombstones import Tombstones
from nlp.language import READ
from routing.case import State

SOLVED = "solved by us"
"""What is said of a case's post where the case was resolved: people worked on it as a complaint."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said of a post's mention of `brand` ("" where no brand was found in it).

    what: a label of the desk, SOLVED, or "complaint" or "none" from a sample. readable: a model reads the
    language. model: the version that had judged the post, "" where none had.
    """

    source: str
    post_id: str
    brand: str
    title: str
    text: str
    language: str
    readable: bool
    what: str
    model: str
    at: datetime


def said(db: Database) -> Iterator[Said]:
    """Everything people said, oldest first; labels that were taken back are left out. Streams."""
    given = (
        _of(labels.c.label, labels.c.model, labels.c.at)
        .select_from(
            labels.join(mentions, mentions.c.id == labels.c.mention_id).join(
                posts, posts.c.id == mentions.c.post_id
            )
        )
        .where(labels.c.undone_at.is_(None), *_as_judged(labels.c.at))
    )
    solved = (
        _of(literal(SOLVED), mentions.c.model, cases.c.closed_at)
        .select_from(
            cases.join(mentions, mentions.c.id == cases.c.mention_id).join(
                posts, posts.c.id == mentions.c.post_id
            )
        )
        .where(cases.c.state == State.RESOLVED.value, mentions.c.judged, *_as_judged(cases.c.closed_at))
    )
    sampled = (
        _of(sample_items.c.answer, mentions.c.model, sample_items.c.answered_at)
        .select_from(
            sample_items.join(posts, posts.c.id == sample_items.c.post_id).outerjoin(
                mentions, mentions.c.id == sample_items.c.mention_id
            )
        )
        .where(
            or_(
                sample_items.c.answer == "complaint",
                # Of a post without a brand "none" says that it is not about us, perhaps about others.
                and_(sample_items.c.answer == "none", sample_items.c.mention_id.is_not(None)),
            ),
            *_as_judged(sample_items.c.answered_at),
        )
    )
    every = given.union_all(solved, sampled)
    every = every.order_by(every.selected_columns.at, every.selected_columns.post_id)
    with db.read() as conn:
        for row in conn.execute(every.execution_options(yield_per=CHUNK)):
            values = row._asdict()
            yield Said(**values, readable=values["language"] in READ)


def gone(db: Database, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these posts (source, id) were erased here, so that nothing may be learnt from them."""
    tombstones = Tombstones(db)
    marks = {tombstones.hash("post", *key): key for key in named}
    with db.read() as conn:
        return {marks[mark] for mark in tombstones.among(conn, "post", marks)}


def _of(
    what: ColumnElement[str], model: ColumnElement[str], at: ColumnElement[datetime]
) -> Select[tuple[object, ...]]:
    """The columns of `Said`, but for `readable`."""
    return select(
        posts.c.source.label("source"),
        posts.c.native_id.label("post_id"),
        case((mentions.c.brand.is_(None), ""), else_=mentions.c.brand).label("brand"),
        posts.c.title.label("title"),
        posts.c.text.label("text"),
        case(
            (mentions.c.language.is_not(None), mentions.c.language),
            (posts.c.language.is_not(None), posts.c.language),
            else_="und",
        ).label("language"),
        what.label("what"),
        case((model.is_(None), ""), else_=model).label("model"),
        at.label("at"),
    )


def _as_judged(at: ColumnElement[datetime]) -> tuple[ColumnElement[bool], ...]:
    """Posts that are held and were not edited since `at`."""
    edited = exists().where(post_revisions.c.post_id == posts.c.id, post_revisions.c.superseded_at > at)
    return posts.c.deleted_at.is_(None), or_(posts.c.text != "", posts.c.title != ""), ~edited
