"""What a query means, apart from how it was typed and where it will run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FIELDS: dict[str, str] = {
    "brand": "the brand mentioned",
    "source": "the network: x, reddit, blog …",
    "author": "the handle of who wrote it, without @",
    "lang": "language, such as en",
    "topic": "what it is about: billing, outage …",
    "severity": "none, no_reproach, disapproval, accusation or blame",
    "status": "open, or a case's state: new, assigned, resolved …; dismissed; unrouted",
    "queue": "the queue it went to",
    "complaint": "yes or no",
    "handle": "an account named in the text, without @",
    "tag": "a hashtag, without #",
    "domain": "a web address linked to",
}
"""The fields one may ask for, beside `date`, and what each holds."""


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens that stand in this order; one token is a plain term. `prefix`: the last is a beginning."""

    tokens: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """A field holds exactly this value (case-folded); `prefix`: begins with it."""

    field: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """The post was written from `start` (inclusive) to `end` (exclusive), UTC; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class Everything:
    """An empty query: every mention."""


Node = Words | Is | Between | All | AnyOf | Not | Everything
