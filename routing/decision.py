"""What is to be done with a mention, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from listeners.post import Post
from nlp.mention import Mention


class Outcome(StrEnum):
    """Either a human sees it in a queue, or it is dismissed and the reasons are kept."""

    ROUTE = "route"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that counted: the rule, what it saw in words a person can read, and its weight.

    weight: points of priority the rule added (0 where it only decided).
    """

    rule: str
    saw: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Route to a queue with a priority and a due time, or dismiss. Reasons always.

    priority: the sum of the reasons' weights, 0 to 1000, higher first; of a dismissed mention, what its
    own points come to. due: when an answer is
    due (UTC) if it is the first of its case, None when dismissed; next_due: the same for a later one.
    skills: what a responder must have to be offered the case. rules: version (content hash) of the
    rules that decided.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    queue: str = ""
    priority: int = 0
    due: datetime | None = None
    skills: tuple[str, ...] = ()
    rules: str = ""
    next_due: datetime | None = None

    @property
    def rule(self) -> str:
        """The rule that decided: the first reason names it."""
        return self.reasons[0].rule if self.reasons else ""


@dataclass(frozen=True, slots=True)
class Thread:
    """What is known around a mention when it is decided.

    post: the mentioned post; parent: the one it answers, where we hold it. brand_answered_at: when
    the brand's own account last spoke in this conversation. earlier_cases: how many cases of this
    person with this brand came before. open_case: a case of this brand, person and conversation is
    open. echoes: reposts and near-copies counted. left_alone: the person asked to be left alone.
    """

    post: Post
    parent: Post | None = None
    brand_answered_at: datetime | None = None
    earlier_cases: int = 0
    open_case: bool = False
    echoes: int = 0
    left_alone: bool = False


@dataclass(frozen=True, slots=True)
class Routable:
    """A mention with what surrounds it: the whole input of a decision, beside rules and clock."""

    mention: Mention
    thread: Thread
