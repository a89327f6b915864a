"""What the ledger hands out: frozen rows, made for the stages and for the desk.

All times are UTC. `pk` is the ledger's own number of a row and means nothing outside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from earnest.search.document import Document
from listeners.post import Post
from nlp.mention import Mention
from routing.case import State
from routing.decision import Reason, Routable

# ── the stages ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Intake:
    """What one batch brought. known: came before, or its author or network wants it gone."""

    new: int = 0
    revised: int = 0
    known: int = 0
    deleted: int = 0
    gaps: int = 0
    set_aside: int = 0

    def __add__(self, other: Intake) -> Intake:
        """The sum of two batches."""
        return Intake(
            self.new + other.new,
            self.revised + other.revised,
            self.known + other.known,
            self.deleted + other.deleted,
            self.gaps + other.gaps,
            self.set_aside + other.set_aside,
        )


@dataclass(frozen=True, slots=True)
class PostWork:
    """A post to understand, at the ledger's revision `revision`, with the post it answers."""

    pk: int
    revision: int
    post: Post
    parent: Post | None = None


@dataclass(frozen=True, slots=True)
class MentionWork:
    """A mention to route, at the ledger's revision `revision`."""

    pk: int
    revision: int
    routable: Routable


@dataclass(frozen=True, slots=True)
class Routed:
    """What a batch of decisions did. held: mentions kept back by blown fuses of the rules in `stopped`."""

    cases_opened: int = 0
    cases_extended: int = 0
    dismissed: int = 0
    held: int = 0
    stopped: tuple[str, ...] = ()

    def __add__(self, other: Routed) -> Routed:
        """The sum of two batches."""
        return Routed(
            self.cases_opened + other.cases_opened,
            self.cases_extended + other.cases_extended,
            self.dismissed + other.dismissed,
            self.held + other.held,
            tuple(sorted({*self.stopped, *other.stopped})),
        )


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How one query of one source is doing. cost: dollars so far. items: all that came, known or not."""

    listener: str
    source: str
    query: str
    last_asked: datetime | None
    last_heard: datetime | None
    next_poll: datetime | None
    items: int
    posts: int
    set_aside: int
    gaps: int
    cost: float
    error: str
    error_kind: str
    failing_since: datetime | None

    @property
    def healthy(self) -> bool:
        """False while the last poll failed."""
        return not self.error_kind


# ── search ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class IndexWork:
    """Take `document` in at `version`, or delete the id where it is None."""

    id: str
    version: int
    document: Document | None


# ── the desk ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which cases to list. None or () where anything goes.

    states: only these (all open ones by default). after: `QueuePage.next` of the page before.
    due_before: only cases due before that time. free: only those nobody has taken.
    severities, urgencies, languages: of the mention that speaks for the case.
    """

    queues: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    urgencies: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    owner: str | None = None
    free: bool = False
    closed: bool = False
    due_before: datetime | None = None
    calls: str | None = None
    """Only cases with a note that calls this colleague and that they have not seen."""
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case in a list: the case, its person, and the mention that speaks for it."""

    case_id: int
    version: int
    epoch: int
    brand: str
    source: str
    conversation: str
    person_id: int
    handle: str
    name: str
    left_alone: bool
    state: State
    queue: str
    priority: int
    due: datetime | None
    owner: str | None
    lease_expires: datetime | None
    opened_at: datetime
    waiting_since: datetime
    last_post_at: datetime
    answered_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    closed_reason: str
    merged_into: int | None
    earlier_cases: int
    posts: int
    post_id: str
    title: str
    text: str
    url: str
    language: str
    complaint: float | None
    severity: int
    urgency: int
    topics: tuple[str, ...]
    stakes: tuple[str, ...]
    echoes: int
    reasons: tuple[Reason, ...] = ()
    """Why this priority: the reasons of the latest decision on the mention that speaks for the case."""
    due_left: float | None = None
    """Open minutes left until an answer is due, while the clock stands: we wait for the person."""
    told_at: datetime | None = None
    """When the person was told that it is solved."""
    snoozed_for: str = ""
    """What it sleeps until: time, post or worse (routing.sleep); "" while it is awake."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of cases. total_open: how many the query matches in all; next: the way to the next page.

    exact: False where more than `total_open` match, and nobody counted how many.
    """

    rows: tuple[QueueRow, ...]
    total_open: int
    next: str | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A case held by a responder until `expires_at`; every write carries `epoch` and `version`."""

    case_id: int
    epoch: int
    version: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ThreadPost:
    """One post of a case's conversation. mention: what was understood of it for the case's brand.

    in_case: one of the person's posts the case is about. own_voice: the brand itself speaks.
    """

    post: Post
    mention: Mention | None
    in_case: bool
    own_voice: bool
    echoes: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision as it was made, with the reasons it kept."""

    source: str
    post_id: str
    brand: str
    outcome: str
    queue: str
    priority: int
    due: datetime | None
    skills: tuple[str, ...]
    reasons: tuple[Reason, ...]
    rules: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened to a case. before, after: only the fields that changed.

    undone: a later event took it back. undoes: the event this one takes back.
    """

    id: int
    at: datetime
    who: str
    action: str
    before_state: State
    after_state: State
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note: str
    reason: str
    undoes: int | None
    undone: bool


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """How another case of the same person with the same brand went.

    merged_into: the case it is part of now. answered: by the brand, in public; told: that it is solved.
    """

    case_id: int
    state: State
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str
    text: str
    version: int = 0
    merged_into: int | None = None
    answered: bool = False
    told: bool = False
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything a responder sees of a case. decisions: latest of each of its mentions, weightiest first."""

    case: QueueRow
    thread: tuple[ThreadPost, ...]
    decisions: tuple[DecisionView, ...]
    events: tuple[EventView, ...]
    earlier: tuple[EarlierCase, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the case is here: the reasons of its weightiest decision."""
        return self.decisions[0].reasons if self.decisions else ()


@dataclass(frozen=True, slots=True)
class DismissedRow:
    """A mention that was not routed, and why."""

    source: str
    post_id: str
    brand: str
    handle: str
    text: str
    title: str
    url: str
    created_at: datetime
    complaint: float | None
    severity: int
    language: str
    reasons: tuple[Reason, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class DismissedPage:
    """A page of dismissed mentions, newest first."""

    rows: tuple[DismissedRow, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class MentionView:
    """One mention of a post with every decision made of it, newest first, and its case."""

    mention: Mention
    decisions: tuple[DecisionView, ...]
    case_id: int | None


@dataclass(frozen=True, slots=True)
class WhyView:
    """What became of a post. `words` says it in a sentence; post is None where we do not hold it."""

    source: str
    post_id: str
    words: str
    post: Post | None = None
    mentions: tuple[MentionView, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure or an objection touched."""

    people: int = 0
    posts: int = 0
    mentions: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class HeldPost:
    """One post we hold of a person. made: what became of it, per brand; before: its words before edits."""

    post: Post
    heard_at: datetime
    made: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """Everything held about one person, newest first."""

    person_id: int
    source: str
    native_id: str
    handle: str
    name: str
    left_alone_at: datetime | None
    posts: tuple[HeldPost, ...]
    cases: tuple[EarlierCase, ...]
