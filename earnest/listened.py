"""Posts of every hour a query was listened to, made from its polls: what `quiet` judges.

What a poll brought is spread evenly over the time since the one before it. Hours inside a stored gap
are unknown, not silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from earnest import quiet
from earnest.ledger.coverage import HeardByPoll, Hole

SETTLING = 24
"""Hours: what a new query brings in its first day is mostly from before, and no measure of what is usual."""


def hour_of(when: datetime) -> int:
    """Hours since the epoch."""
    return int(when.timestamp() // 3600)


def bounds(hole: Hole, now: datetime) -> tuple[datetime, datetime]:
    """From when to when a gap is known to reach; one without a beginning is where it ends."""
    end = hole.end or now
    return min(hole.start or hole.end or hole.seen_at, end), end


@dataclass(slots=True)
class Series:
    """One query, or several `together`. Keys are hours since the epoch.

    start: the first hour that counts. end: the hour of the latest poll that ended well, which does
    not count, as it has only begun. wait: the usual time between two polls, None while unknown.
    """

    start: int | None = None
    end: int | None = None
    posts: dict[int, float] = field(default_factory=dict)
    missed: Counter[int] = field(default_factory=Counter)
    members: int = 1
    wait: timedelta | None = None

    def take(self, poll: HeardByPoll) -> None:
        """Take in the next poll that ended well; the first one looked back and only sets the start."""
        self.end, self.wait = hour_of(poll.at), poll.wait
        if poll.after is None:
            self.start = self.end + SETTLING
            return
        first = hour_of(poll.after)
        if poll.posts:
            for hour in range(first, self.end + 1):
                self.posts[hour] = self.posts.get(hour, 0.0) + poll.posts / (self.end - first + 1)

    def miss(self, hole: Hole, now: datetime) -> None:
        """Hours of a stored gap."""
        start, end = (hour_of(when) for when in bounds(hole, now))
        for hour in range(max(start, hour_of(now) - quiet.HISTORY), end + 1):
            self.missed[hour] = 1

    def judge(self) -> quiet.Quiet | None:
        """Whether the last hours are quieter than the ones before make likely."""
        if self.start is None or self.end is None:
            return None
        return quiet.quiet(
            [
                None if 2 * self.missed[hour] > self.members else self.posts.get(hour, 0.0)
                for hour in range(self.start, self.end)
            ]
        )


def together(series: Sequence[Series]) -> Series:
    """Several queries as one; an hour is unknown where more than half of them missed it."""
    whole = Series(members=len(series))
    whole.start = min((one.start for one in series if one.start is not None), default=None)
    whole.end = max((one.end for one in series if one.end is not None), default=None)
    for one in series:
        whole.missed.update(one.missed)
        for hour, posts in one.posts.items():
            whole.posts[hour] = whole.posts.get(hour, 0.0) + posts
    return whole
