"""What a network said, as data: posts, their authors, deletions and holes.

All times are timezone-aware UTC. Text is kept as written; nothing here normalises it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What sort of post it is, in the field's words."""

    POST = "post"
    REPLY = "reply"
    REPOST = "repost"
    QUOTE = "quote"
    COMMENT = "comment"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, as the network names them. `id` never changes; `handle` (without @) may."""

    id: str
    handle: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far a post went, as last seen. Counts, never negative."""

    replies: int = 0
    reposts: int = 0
    likes: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """One public post. `(source, id)` names it; a changed text is a new revision of the same post.

    source: the network it lives on: "x", "reddit", "blog", "mastodon", "bluesky".
    id: the network's own id; for blogs it is unique over all feeds.
    revision: the network's own sign of a change (latest edit id, edited time, or a content hash).
        Opaque: compared for equality only.
    conversation_id, parent_id: ids on the same source; `parent_id` is the post replied to,
        reposted or quoted.
    """

    source: str
    id: str
    kind: Kind
    text: str
    created_at: datetime
    author: Author | None = None
    revision: str = ""
    url: str = ""
    title: str = ""
    language: str | None = None
    conversation_id: str | None = None
    parent_id: str | None = None
    spread: Spread = field(default_factory=Spread)

    def __post_init__(self) -> None:
        """Refuse what the ledger could not keep apart: an empty name or a time without a zone."""
        if not self.source or not self.id:
            raise ValueError("a post needs a source and an id")
        require_utc("created_at", self.created_at)


class DeletionWhy(StrEnum):
    """Why a post is gone."""

    DELETED = "deleted"  # by its author
    REMOVED = "removed"  # by a moderator or the network
    PROTECTED = "protected"  # the account went private
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"  # the network does not say


@dataclass(frozen=True, slots=True)
class Deletion:
    """A post that is gone from its network, and must go from here."""

    source: str
    id: str
    seen_at: datetime
    why: DeletionWhy = DeletionWhy.UNAVAILABLE

    def __post_init__(self) -> None:
        """Refuse a time without a zone."""
        require_utc("seen_at", self.seen_at)


class GapWhy(StrEnum):
    """Why there is a hole in what was heard."""

    WINDOW = "window expired"  # the network no longer serves that far back
    CAP = "cap reached"  # a listing ended before known posts were met
    BUDGET = "budget spent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time that was not heard: a stored row, never silence.

    start is None where nothing had been heard before; end is None while the gap is still open.
    """

    source: str
    query: str
    start: datetime | None
    end: datetime | None
    why: GapWhy
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse times without a zone."""
        for name, when in (("start", self.start), ("end", self.end)):
            if when is not None:
                require_utc(name, when)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A raw item that could not be read: kept as it came, with the reason, to be retried later.

    raw: the item as JSON or text, at most 64 KiB (longer ones are cut). place: where it was found,
    such as "entry 3 of https://…". id: the item's own id where it could still be read.
    """

    source: str
    raw: str
    why: str
    place: str = ""
    id: str | None = None


def require_utc(name: str, when: datetime) -> None:
    """Raise ValueError unless `when` is timezone-aware UTC."""
    if when.utcoffset() != timedelta(0):
        raise ValueError(f"{name} must be timezone-aware UTC, not {when!r}")
