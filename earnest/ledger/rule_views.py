"""What the ledger tells about rules: what they decided before, and which are stopped. All times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.decision import Decision, Routable


@dataclass(frozen=True, slots=True)
class PastDecision:
    """What was decided of a mention, and what the decision looked at then.

    person: None once erased. The thread tells only of cases that began before the time asked for.
    had_case: such a case is in this conversation. case_closed: the person's case here was closed then.
    """

    person: int | None
    is_site: bool
    conversation: str
    routable: Routable
    decision: Decision
    decided_at: datetime
    had_case: bool
    case_closed: bool


@dataclass(frozen=True, slots=True)
class FuseView:
    """A rule that was stopped since it would open more than `cases` within `within`; held: who waits."""

    rule: str
    blown_at: datetime
    cases: int
    within: timedelta
    held: int
