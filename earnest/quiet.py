"""Quieter than its own past makes likely: whether a source that says nothing has gone deaf.

A pure function of posts an hour. What was heard lately is held against the same hours of the days
before (a stretch of weeks against other weeks), so that nights and, after the first week, weekends
are known to be quiet. How much past stretches vary is taken from them too, with a guard while they
are few: the count to expect is negative binomial, with the past's mean and a variance at least
Poisson's, drawn towards BURST times it. And what has happened before is never called unlikely.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

LIMIT = 1 / 5000
"""Chance below which a source counts as quiet. tests/test_quiet.py measures what that means a year."""

DAY = 24
LENGTHS = (6, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
"""Stretches that are looked at, in hours, each ending now."""

HISTORY = 140 * DAY
"""Hours of the past that are worth knowing: four stretches of the longest, before the longest silence."""

MOST_PAST = 28  # stretches of the past that one is held against
BURST = 2.0  # variance over mean to expect of posts before a source has shown its own: they come in bursts
BURST_WEIGHT = 4.0  # as if that had been seen in so many stretches
KNOWN = 0.9  # of a stretch's hours, at least so much must have been listened to


@dataclass(frozen=True, slots=True)
class Quiet:
    """A source that is quieter than its past makes likely.

    heard: posts in the last `hours`. usual: posts in a stretch of `span` hours, the mean of its past.
    chance: of hearing no more than that in such a stretch, between 0 and LIMIT.
    """

    heard: int
    hours: int
    usual: float
    span: int
    chance: float

    @property
    def words(self) -> str:
        """It in a sentence without its end, such as "usually 40 posts a day; 0 in the last 26 hours; …"."""
        once = _round(min(1 / max(self.chance, 1e-6), 1e6))
        kind = "day" if self.span == DAY else "stretch"
        than = "less than once" if self.chance < 1e-6 else "once"
        return (
            f"usually {_usual(self.usual, self.span)}; {self.heard:,} in the last {_last(self.hours)}; "
            f"that happens by chance {than} in {once:,} such {'days' if kind == 'day' else 'stretches'}"
        )


def quiet(hours: Sequence[float | None]) -> Quiet | None:
    """What makes the last hours unlikely; None while they are likely, or the past is too short to say.

    hours: posts of each hour, oldest first, the last one ending when the source was last asked with
    success. None: an hour that was not listened to. Fractions: posts spread over a longer wait.
    """
    hours, silent = _silence(hours)
    sums = list(accumulate((hour or 0.0 for hour in hours), initial=0.0))
    known = list(accumulate((hour is not None for hour in hours), initial=0))
    found: list[Quiet] = []
    for length in LENGTHS:
        if length > len(hours) or known[-1] - known[-1 - length] < KNOWN * length:
            continue
        heard = round(sums[-1] - sums[-1 - length], 6)
        for span in LENGTHS[: LENGTHS.index(length) + 1]:
            past = list(_past(sums, known, _days(length), span))
            if len(past) < (7 if span <= DAY else 4):
                continue
            chance = chance_of(int(heard), past)
            if chance < LIMIT:
                usual = sum(past) / len(past)
                found.append(Quiet(int(heard), length if heard else max(length, silent), usual, span, chance))
    # Silence is easier to see than a trickle; of what is left, the least likely is told.
    return min(found, key=lambda one: (one.heard > 0, one.chance), default=None)


def chance_of(heard: int, past: Sequence[float]) -> float:
    """The chance of hearing at most `heard` posts in a stretch, after `past` stretches of that length.

    Rises with `heard`; 1.0 from half the usual on, which is no alarm however steady the past was.
    """
    count = len(past)
    mean = sum(past) / count if count else 0.0
    if heard >= mean / 2:
        return 1.0
    spread = sum((one - mean) ** 2 for one in past)
    burst = (spread / mean + BURST_WEIGHT * BURST) / (count - 1 + BURST_WEIGHT)
    variance = max(burst, 1.0) * (1 + 1 / count)  # over the mean, which itself is known from few
    size = mean / (variance - 1)
    before = sum(one <= heard for one in past) / count
    return max(_at_most(heard, mean, size), before)


def _at_most(heard: int, mean: float, size: float) -> float:
    """The lower tail of the negative binomial distribution; `heard` lies well below `mean`."""
    less, more = math.log(size / (size + mean)), math.log(mean / (size + mean))
    total = 0.0
    for count in range(heard, -1, -1):  # terms shrink on the way down from the mean
        log = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
        term = math.exp(log + size * less + count * more)
        total += term
        if term < total * 1e-12:
            break
    return min(total, 1.0)


def _past(sums: Sequence[float], known: Sequence[int], ago: int, span: int) -> Iterator[float]:
    """Posts in stretches of `span` hours that ended `ago` hours ago and before, at the same time of day."""
    step = _days(span)
    last = len(sums) - 1 - ago
    for end in range(last, max(span - 1, last - MOST_PAST * step), -step):
        if known[end] - known[end - span] >= KNOWN * span:
            yield sums[end] - sums[end - span]


def _silence(hours: Sequence[float | None]) -> tuple[Sequence[float | None], int]:
    """How long nothing at all was heard, and the hours with a longer silence cut to the longest stretch.

    A silence that was an alarm stays one: it would else become its own usual past.
    """
    silent = 0
    while silent < len(hours) and not hours[-1 - silent]:
        silent += 1
    surplus = max(silent - LENGTHS[-1], 0)
    return hours[: len(hours) - _days(surplus)], silent


def _days(hours: int) -> int:
    """Rounded up to whole days, in hours, so that the time of day stays."""
    return -(-hours // DAY) * DAY


def _usual(posts: float, span: int) -> str:
    if span < DAY:
        return f"{_round(posts):,} posts in {span} hours at this time of day"
    for hours, name in ((DAY, "day"), (7 * DAY, "week"), (28 * DAY, "four weeks")):
        if (rate := posts * hours / span) >= 1.5 or hours == 28 * DAY:
            return f"{_round(rate):,} posts {'a ' if hours < 28 * DAY else 'in '}{name}"
    raise AssertionError("unreachable")


def _last(hours: int) -> str:
    return f"{hours} hours" if hours < 3 * DAY else f"{hours // DAY} days"


def _round(number: float) -> int:
    """To two digits: nobody should take an estimate for a count."""
    digits = max(int(math.log10(number)) - 1, 0) if number >= 1 else 0
    unit: int = 10**digits
    return round(number / unit) * unit
