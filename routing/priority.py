"""Priority: a sum of few named points, each with what it saw.

Urgency weighs more than severity and severity more than everything small together. Reach is the
smallest of the small: a person with ten followers gets the same service as one with ten million.
`Weights` refuses numbers that would break this, so no configuration can.
"""

from __future__ import annotations

import math
from datetime import datetime

from pydantic import Field, model_validator

from listeners.brand import Strict
from nlp.mention import Severity
from routing.decision import Reason, Routable

BASE = 100
"""Where every priority starts: room below for rules that lower it."""
RULE_MIN, RULE_MAX = -100, 70
"""What one rule may add by hand. With the weights' ceiling the sum stays within 0 to 1000."""
_CEILING = 1000 - BASE - RULE_MAX
_REACH_FULL = 10_000  # echoes and reactions at which reach has given all its points


class Weights(Strict):
    """Points of priority. urgency and severity are per step; the others are the most that they give."""

    urgency: int = Field(default=210, ge=1, description="for each of three steps of urgency")
    severity: int = Field(default=40, ge=1, description="for each of four steps of severity")
    came_back: int = Field(default=10, ge=0, description="the person was here before")
    asks_help: int = Field(default=8, ge=0, description="asks for something that can be done")
    actionable: int = Field(default=6, ge=0, description="times the probability that somebody can act")
    unanswered: int = Field(default=6, ge=0, description="the brand has not spoken in this thread since")
    complaint: int = Field(default=4, ge=0, description="times the probability that it is a complaint")
    reach: int = Field(default=5, ge=0, description="at ten thousand echoes; grows with their logarithm")

    @property
    def small(self) -> int:
        """The most that everything but urgency and severity gives together."""
        return (
            self.came_back + self.asks_help + self.actionable + self.unanswered + self.complaint + self.reach
        )

    @model_validator(mode="after")
    def _order(self) -> Weights:
        if self.severity <= self.small:
            raise ValueError(
                f"one step of severity ({self.severity}) must outweigh everything small together "
                f"({self.small}): raise severity or lower the others"
            )
        if self.urgency <= 4 * self.severity + self.small:
            raise ValueError(
                f"one step of urgency ({self.urgency}) must outweigh all severity and everything small "
                f"({4 * self.severity + self.small}): raise urgency or lower severity"
            )
        if 3 * self.urgency + 4 * self.severity + self.small > _CEILING:
            raise ValueError(
                f"all weights together give more than {_CEILING}; priority ends at 1000: lower them"
            )
        return self


def explain(item: Routable, weights: Weights, *, now: datetime) -> tuple[Reason, ...]:
    """The points of one mention, as reasons; their weights sum to its priority before the rule's own.

    Pure. Points of nothing are left out. `now` (UTC) only words how long the person has waited.
    """
    judgement, thread = item.mention.judgement, item.thread
    reasons = [Reason("priority: base", "every case starts here", BASE)]

    def add(name: str, saw: str, points: float) -> None:
        if weight := round(points):
            reasons.append(Reason(f"priority: {name}", saw, weight))

    if judgement is not None:
        stakes = f" ({', '.join(judgement.stakes)})" if judgement.stakes else ""
        add("urgency", f"urgency {judgement.urgency} of 3{stakes}", weights.urgency * judgement.urgency)
        add("severity", severity_in_words(judgement.severity), weights.severity * int(judgement.severity))
        if judgement.asks_help:
            add("asks for help", "asks for something that can be done", weights.asks_help)
        add(
            "actionable",
            f"somebody can act on it with probability {judgement.actionable:.2f}",
            weights.actionable * judgement.actionable,
        )
        add(
            "complaint",
            f"complaint probability {judgement.complaint:.2f}",
            weights.complaint * judgement.complaint,
        )
    if thread.earlier_cases:
        times = "once" if thread.earlier_cases == 1 else f"{thread.earlier_cases} times"
        add("came back", f"was here {times} before", weights.came_back)
    if not answered_since(item):
        waited = max(0, round((now - thread.post.created_at).total_seconds() / 60))
        add("unanswered", f"has waited {waited_in_words(waited)} for an answer", weights.unanswered)
    heard = reach(item)
    full = min(1.0, math.log1p(heard) / math.log1p(_REACH_FULL))
    add("reach", f"{heard} echoes and reactions", weights.reach * full)
    return tuple(reasons)


def total(reasons: tuple[Reason, ...]) -> int:
    """The sum of the weights, kept within 0 to 1000."""
    return max(0, min(1000, sum(reason.weight for reason in reasons)))


def reach(item: Routable) -> int:
    """Echoes and reactions counted on the post: reposts, likes, replies and near-copies."""
    spread = item.thread.post.spread
    return item.thread.echoes + spread.reposts + spread.likes + spread.replies


def answered_since(item: Routable) -> bool:
    """Whether the brand's own account spoke in the conversation after the person wrote."""
    answered = item.thread.brand_answered_at
    return answered is not None and answered >= item.thread.post.created_at


def severity_in_words(severity: Severity) -> str:
    """The level and its number, such as "severity accusation (3 of 4)"."""
    return f"severity {severity.name.lower().replace('_', ' ')} ({int(severity)} of 4)"


def waited_in_words(minutes: int) -> str:
    """Whole minutes as a wait people read: "3 minutes", "5 hours", "2 days"."""
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
