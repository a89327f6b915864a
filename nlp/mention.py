"""What was understood of a post: which brand is mentioned, and whether it is a complaint.

Offsets are half-open character positions in `Post.text`, or in `Post.title` where `field` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal

Field = Literal["text", "title"]


class How(StrEnum):
    """How a brand was found."""

    HANDLE = "handle"
    HASHTAG = "hashtag"
    NAME = "name"
    ALIAS = "alias"
    PRODUCT = "product"
    DOMAIN = "domain"
    MISSPELLING = "misspelling"
    NEAR = "near"
    COMMUNITY = "community"  # nothing in the words; the post stands in a community of the brand's own
    THREAD = "thread"  # nothing in the words; the post answers one that mentions the brand


class Severity(IntEnum):
    """How hard the words reproach, after Jin & Aletras 2021 (the levels of the training data)."""

    NONE = 0  # not a complaint
    NO_REPROACH = 1  # no explicit reproach
    DISAPPROVAL = 2
    ACCUSATION = 3
    BLAME = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Where a brand is named."""

    start: int
    end: int
    how: How
    field: Field = "text"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that moved a judgement. `weight` is the change in log-odds; positive speaks for `what`."""

    start: int
    end: int
    what: str  # "complaint", "severity", a topic, a stake such as "safety", "asks for help"
    weight: float = 0.0
    field: Field = "text"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the models and rules make of a mention.

    complaint: calibrated probability, 0 to 1. is_complaint: complaint ≥ the operating point.
    severity: NONE exactly when it is not a complaint. urgency: 0 (can wait) to 3 (now), from
    `stakes`, apart from tone. topics: names from the taxonomy, strongest first. asks_help: the
    person addresses the brand or asks for something that can be done. actionable: probability that
    a human at the brand can do something about it. model: version of the weights.
    """

    complaint: float
    is_complaint: bool
    severity: Severity
    topics: tuple[str, ...] = ()
    asks_help: bool = False
    actionable: float = 1.0
    urgency: int = 0
    stakes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One brand in one revision of one post.

    language: ISO 639-1, or "und". judgement is None where the language has no model (the mention is
    *unread* and goes to people) and for own voice. fingerprint: bands of the text's MinHash, for
    finding near-copies. duplicate_of: `(source, id)` of the post this one repeats.
    """

    source: str
    post_id: str
    revision: str
    brand: str
    spans: tuple[Span, ...]
    confidence: float
    language: str = "und"
    own_voice: bool = False
    judgement: Judgement | None = None
    fingerprint: tuple[str, ...] = ()
    duplicate_of: tuple[str, str] | None = None

    @property
    def unread(self) -> bool:
        """No model read it; people must."""
        return self.judgement is None and not self.own_voice
