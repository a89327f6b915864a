"""Between rows and the types of the stages: one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row

from earnest.ledger.tables import mentions, people, posts
from listeners.post import Author, Kind, Post, Spread
from nlp.mention import Evidence, How, Judgement, Mention, Severity, Span
from routing.decision import Reason

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"
"""A row of whichever columns were asked for."""

POST_COLUMNS: tuple[ColumnElement[Any], ...] = (
    posts.c.source,
    posts.c.native_id,
    posts.c.kind,
    posts.c.text,
    posts.c.title,
    posts.c.url,
    posts.c.language,
    posts.c.created_at,
    posts.c.conversation,
    posts.c.parent_id,
    posts.c.replies,
    posts.c.reposts,
    posts.c.likes,
    posts.c.network_revision,
    people.c.native_id.label("author_id"),
    people.c.handle.label("author_handle"),
    people.c.name.label("author_name"),
    people.c.is_site.label("author_is_site"),
)
"""Select these from posts (outer) joined with people; then `post_of` reads the row."""

MENTION_COLUMNS: tuple[ColumnElement[Any], ...] = (
    mentions.c.brand,
    mentions.c.spans,
    mentions.c.confidence,
    mentions.c.language.label("mention_language"),
    mentions.c.own_voice,
    mentions.c.judged,
    mentions.c.complaint,
    mentions.c.is_complaint,
    mentions.c.severity,
    mentions.c.urgency,
    mentions.c.asks_help,
    mentions.c.actionable,
    mentions.c.topics,
    mentions.c.stakes,
    mentions.c.evidence,
    mentions.c.model,
)
"""Select these from mentions beside POST_COLUMNS; then `mention_of` reads the row."""


def clean(words: str) -> str:
    """Words as written, save what no database keeps: NUL and halves of surrogate pairs."""
    if "\x00" in words:
        words = words.replace("\x00", "\ufffd")
    if words.isascii():
        return words
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode("utf-8", "replace").decode()
    return words


def post_of(row: AnyRow) -> Post:
    """The post in a row of POST_COLUMNS. Its conversation is the one the ledger knows, also if derived."""
    author = None
    if row.author_id is not None and not row.author_is_site:
        author = Author(id=row.author_id, handle=row.author_handle, name=row.author_name)
    return Post(
        source=row.source,
        id=row.native_id,
        kind=Kind(row.kind),
        text=row.text,
        created_at=row.created_at,
        author=author,
        revision=row.network_revision,
        url=row.url,
        title=row.title,
        language=row.language,
        conversation_id=row.conversation,
        parent_id=row.parent_id,
        spread=Spread(replies=row.replies, reposts=row.reposts, likes=row.likes),
    )


def mention_of(row: AnyRow, *, duplicate_of: tuple[str, str] | None = None) -> Mention:
    """The mention in a row of POST_COLUMNS and MENTION_COLUMNS."""
    judgement = None
    if row.judged:
        judgement = Judgement(
            complaint=row.complaint,
            is_complaint=row.is_complaint,
            severity=Severity(row.severity),
            topics=tuple(row.topics),
            asks_help=row.asks_help,
            actionable=row.actionable,
            urgency=row.urgency,
            stakes=tuple(row.stakes),
            evidence=tuple(
                Evidence(start, end, what, weight, field) for start, end, what, weight, field in row.evidence
            ),
            model=row.model,
        )
    return Mention(
        source=row.source,
        post_id=row.native_id,
        revision=row.network_revision,
        brand=row.brand,
        spans=tuple(Span(start, end, How(how), field) for start, end, how, field in row.spans),
        confidence=row.confidence,
        language=row.mention_language,
        own_voice=row.own_voice,
        judgement=judgement,
        duplicate_of=duplicate_of,
    )


def mention_values(mention: Mention) -> dict[str, Any]:
    """The columns of a mention that come from understanding."""
    judged = mention.judgement
    return {
        "spans": [[s.start, s.end, s.how.value, s.field] for s in mention.spans],
        "confidence": float(mention.confidence),
        "language": mention.language[:8],
        "own_voice": mention.own_voice,
        "judged": judged is not None,
        "complaint": None if judged is None else float(judged.complaint),
        "is_complaint": judged is not None and judged.is_complaint,
        "severity": 0 if judged is None else int(judged.severity),
        "urgency": 0 if judged is None else judged.urgency,
        "asks_help": judged is not None and judged.asks_help,
        "actionable": None if judged is None else float(judged.actionable),
        "topics": [] if judged is None else list(judged.topics),
        "stakes": [] if judged is None else list(judged.stakes),
        "evidence": []
        if judged is None
        else [[e.start, e.end, e.what, round(float(e.weight), 4), e.field] for e in judged.evidence],
        "model": "" if judged is None else judged.model,
    }


def reasons_in(stored: list[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """The reasons of a decision, as kept."""
    return tuple(Reason(rule=r["rule"], saw=r["saw"], weight=r["weight"]) for r in stored)
