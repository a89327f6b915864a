"""The desk at a glance, for whoever leads it: how it goes for the people who wait, never who works how fast.

Put together from the ledger's figures, the coverage of the sources and the fuses. Weeks are compared
only where chance does not explain the difference; small numbers say that they are small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from earnest import quiet
from earnest.coverage import Coverage
from earnest.ledger import Ledger
from earnest.ledger import overview as figures
from earnest.ledger.gauges import QueueGauge, queues
from earnest.ledger.outcomes import Outcomes, outcomes
from earnest.ledger.overview import Hour, Story, Waiting
from earnest.ledger.rule_views import FuseView

HOURS = 24
WEEKS = 5  # this one and four before
PEOPLE = timedelta(days=7)
"""Whose outcomes are shown: of cases opened in so long."""
EDGES = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3))
"""Between the bands of how long people wait."""
SPREADS = 3
"""From so many echoes on a complaint is a story."""
CHANCE = 1 / 200
"""A difference that chance makes in fewer weeks than this is told as one; there are a dozen topics a week."""
FEW = 10
"""Fewer cases than this in all the weeks: nothing can be said."""


class Change(StrEnum):
    """A topic's week beside the weeks before it."""

    MORE = "more"
    FEWER = "fewer"
    USUAL = "as usual"
    FEW = "too few to tell"
    NEW = "no weeks before"


@dataclass(frozen=True, slots=True)
class Topic:
    """Cases about one topic in the last seven days, and in each of the seven days before, latest first.

    usual: the mean of the weeks before that the desk has seen whole; None where it has seen none.
    """

    name: str
    week: int
    before: tuple[int, ...]
    usual: float | None
    change: Change


@dataclass(frozen=True, slots=True)
class Deaf:
    """A source that somebody should look at, and the first reason."""

    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the lead's page. ages: how many people wait for us, by EDGES.

    outcomes: of all cases of the last seven days under "", and of each network under its name.
    """

    now: datetime
    hours: tuple[Hour, ...]
    queues: tuple[QueueGauge, ...]
    ages: tuple[int, ...]
    oldest: tuple[Waiting, ...]
    topics: tuple[Topic, ...]
    stories: tuple[Story, ...]
    sources: int
    deaf: tuple[Deaf, ...]
    stopped: tuple[FuseView, ...]
    outcomes: dict[str, Outcomes]

    @property
    def open(self) -> int:
        """Open cases of all queues."""
        return sum(queue.open for queue in self.queues)

    @property
    def free(self) -> int:
        """Open cases that nobody has taken."""
        return sum(queue.free for queue in self.queues)

    @property
    def overdue(self) -> int:
        """Open cases whose due time has passed."""
        return sum(queue.overdue for queue in self.queues)

    @property
    def soon(self) -> int:
        """Open cases that are due within the hour."""
        return sum(queue.soon for queue in self.queues)


def overview(ledger: Ledger, seen: Coverage) -> Overview:
    """How the desk stands now, within the queues that the one who asks may see. seen: its sources."""
    db, now = ledger.database, ledger.clock()
    return Overview(
        now=now,
        hours=tuple(figures.hours(db, now - timedelta(hours=HOURS - 1), now)),
        queues=tuple(queues(db)),
        ages=tuple(figures.ages(db, EDGES)),
        oldest=tuple(figures.oldest(db)),
        topics=_topics(ledger, now),
        stories=tuple(figures.stories(db, now - figures.WEEK, echoes=SPREADS)),
        sources=len(seen.sources),
        deaf=tuple(Deaf(source.name, str(source.told[0][1].trouble)) for source in seen.deaf),
        stopped=tuple(ledger.blown_fuses()),
        outcomes=outcomes(db, now - PEOPLE),
    )


def change_of(week: int, before: Sequence[int]) -> Change:
    """Whether a week's count stands out from those of the weeks before, or chance explains it."""
    if not before:
        return Change.NEW
    if week + sum(before) < FEW:
        return Change.FEW
    if quiet.chance_of(week, before) < CHANCE:
        return Change.FEWER
    return Change.MORE if _chance_of_more(week, before) < CHANCE else Change.USUAL


def as_json(seen: Overview) -> dict[str, Any]:
    """Everything that is known, for programs; ages with their limits in hours."""
    limits = [*(edge.total_seconds() / 3600 for edge in EDGES), None]
    bands = [{"below_hours": top, "cases": count} for top, count in zip(limits, seen.ages, strict=True)]
    sums = {"open": seen.open, "free": seen.free, "overdue": seen.overdue, "due_within_the_hour": seen.soon}
    return {**asdict(seen), "ages": bands, "totals": sums}


def rows(seen: Overview) -> Iterator[tuple[str, str, str, int | float | str]]:
    """The figures as lines of a table: of what, which one, what is counted, and the number."""
    for hour in seen.hours:
        yield "hour", hour.at.isoformat(), "arrived", hour.arrived
        yield "hour", hour.at.isoformat(), "answered", hour.answered
    for queue in seen.queues:
        for name in ("open", "free", "overdue", "soon"):
            yield "queue", queue.queue, name, getattr(queue, name)
        yield "queue", queue.queue, "oldest", "" if queue.oldest is None else queue.oldest.isoformat()
    for edge, count in zip((*EDGES, None), seen.ages, strict=True):
        below = "longer" if edge is None else f"below {edge.total_seconds() / 3600:g} h"
        yield "waiting", below, "cases", count
    for topic in seen.topics:
        yield "topic", topic.name, "this week", topic.week
        for back, count in enumerate(topic.before, 1):
            yield "topic", topic.name, f"{back} weeks before", count
        yield "topic", topic.name, "change", str(topic.change)
    for story in seen.stories:
        yield "story", f"case {story.case_id}", "echoes", story.echoes
    for source, one in seen.outcomes.items():
        for name, value in asdict(one).items():
            yield "outcome", source or "all", name, "" if value is None else value


def _topics(ledger: Ledger, now: datetime) -> tuple[Topic, ...]:
    """Topics with cases this week or before, the largest first; weeks before the first case do not count."""
    first = figures.first_case(ledger.database)
    whole = 0 if first is None else (now - first) // figures.WEEK
    found = []
    for name, counts in figures.topics(ledger.database, WEEKS).items():
        before = counts[1 : min(whole, WEEKS)]
        usual = sum(before) / len(before) if before else None
        found.append(Topic(name, counts[0], counts[1:], usual, change_of(counts[0], before)))
    return tuple(sorted(found, key=lambda topic: (-topic.week, -sum(topic.before), topic.name)))


def _chance_of_more(week: int, before: Sequence[int]) -> float:
    """The chance of a week of at least `week` cases, after these weeks before.

    As `quiet.chance_of` counts the other way: negative binomial, with the mean of the weeks before and
    their own variance, drawn towards that of complaints that come in bursts while the weeks are few.
    """
    count, mean = len(before), sum(before) / len(before)
    mean = max(mean, 1 / (count + 1))  # nothing in four weeks is not never
    spread = sum((one - mean) ** 2 for one in before)
    burst = (spread / mean + quiet.BURST_WEIGHT * quiet.BURST) / (count - 1 + quiet.BURST_WEIGHT)
    variance = max(burst, 1.0) * (1 + 1 / count)
    size = mean / (variance - 1)
    less, more = math.log(size / (size + mean)), math.log(mean / (size + mean))
    below = 0.0
    for heard in range(week):
        log = math.lgamma(heard + size) - math.lgamma(size) - math.lgamma(heard + 1)
        below += math.exp(log + size * less + heard * more)
    return max(0.0, 1.0 - below)
