"""When an answer is owed: a case's clock, moved by what happens to the case and by nothing else.

The first answer is promised by the decision that opens the case. Once somebody answered, the next
answer is owed when the person speaks again. While we wait for the person the clock stands: the open
time that was left is left still when it goes on. Pure; all times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listeners.post import require_utc
from routing.case import OPEN, State
from routing.hours import Calendar, due_at, open_minutes


class Happening(StrEnum):
    """What moves the clock of a case."""

    SPEAKS = "speaks"  # the person, and somebody must read it
    ANSWERED = "answered"  # by the brand, in public, to this person
    PAUSED = "paused"  # we wait for the person
    RESUMED = "resumed"  # we do not any more
    CLOSED = "closed"
    REOPENED = "reopened"  # by people; the person has waited since then


@dataclass(frozen=True, slots=True)
class Terms:
    """What a queue promises: its opening hours and how soon the next answer comes, in open time."""

    calendar: Calendar
    next_answer: timedelta


@dataclass(frozen=True, slots=True)
class Timer:
    """due: when an answer is owed, None while none is. left: open time left, while the clock stands."""

    due: datetime | None = None
    left: timedelta | None = None


def happening(before: State, after: State) -> Happening | None:
    """What a step from one state to another is to the clock; None where it goes on as it was."""
    if after not in OPEN:
        return Happening.CLOSED
    if before not in OPEN:
        return Happening.REOPENED
    if (before is State.WAITING_PERSON) == (after is State.WAITING_PERSON):
        return None
    return Happening.PAUSED if after is State.WAITING_PERSON else Happening.RESUMED


def step(
    timer: Timer, what: Happening, at: datetime, terms: Terms, *, promised: datetime | None = None
) -> Timer:
    """The clock after something happened at `at` (UTC).

    promised: when the decision on the person's new post wants it answered, instead of the queue's
    next answer. A clock that runs is never put back by another post; a tighter promise wins.
    """
    require_utc("at", at)
    match what:
        case Happening.SPEAKS if timer.due is not None:
            return Timer(timer.due if promised is None else min(timer.due, promised))
        case Happening.SPEAKS | Happening.REOPENED:
            return Timer(promised or _after(at, terms.next_answer, terms.calendar))
        case Happening.PAUSED if timer.due is not None:
            return Timer(left=timedelta(minutes=open_minutes(terms.calendar, at, timer.due)))
        case Happening.RESUMED if timer.left is not None:
            return Timer(_after(at, timer.left, terms.calendar))
        case Happening.ANSWERED | Happening.CLOSED:
            return Timer()
        case _:
            return timer


def _after(at: datetime, length: timedelta, calendar: Calendar) -> datetime:
    return due_at(calendar, at, length.total_seconds() / 60)
