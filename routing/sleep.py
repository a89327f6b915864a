"""What a case sleeps until, and whether it got worse meanwhile. Pure.

Whatever it sleeps until, a new post of its person wakes it: who speaks again is heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Until(StrEnum):
    """What ends a sleep, beside the person's own words."""

    TIME = "time"
    POST = "post"  # nothing else
    WORSE = "worse"  # what is said weighs more, or carries much further


@dataclass(frozen=True, slots=True)
class Level:
    """How bad a case is: severity 0 to 4, urgency 0 to 3, and how often its words were echoed."""

    severity: int = 0
    urgency: int = 0
    echoes: int = 0


FEWEST_ECHOES = 3
"""Fewer new echoes than these are no jump, though they may be twice as many as before."""


def worse(then: Level, now: Level) -> str:
    """What got worse, in words; "" where nothing did. Echoes jump when they doubled and are three more."""
    said = []
    if now.severity > then.severity:
        said.append("it weighs more")
    if now.urgency > then.urgency:
        said.append("it is more urgent")
    if now.echoes >= max(2 * then.echoes, then.echoes + FEWEST_ECHOES):
        said.append(f"it was echoed {now.echoes} times, not {then.echoes}")
    return " and ".join(said)
