"""How many complaints were missed: from a random sample that people read to an estimate with its interval.

The sample is stratified: what was dismissed by a little, by far, by a rule, what nobody could read, posts in
which no brand was found, and what was brought to people. A stratum's share of complaints times its size,
summed, is the estimate (Cochran, Sampling Techniques, 1977, ch. 5); it needs no assumption about the model.

Intervals: each stratum has a confidence distribution of its share, the middle between the two of Clopper
and Pearson (a beta of x and n-x+1, and one of x+1 and n-x, drawn with even odds: "mid-p"); totals and recall
are drawn from all strata together, and what was not read by a binomial. These are mid-p melded intervals
(Fay, Proschan and Brittain, Biometrics 71, 2015). Beta-binomial posteriors, as Webber draws them for recall
(ACM TOIS 31, 2013), were tried: with a stratum as large and as empty as the posts that name no brand, they
cover the truth too rarely. A stratum in which no complaint was found still widens the interval, by as much
as its size and the few that were read allow. tests/test_recall.py counts how often the truth is covered.

Answers that are missing or "unsure" are left out: as if they had been missing by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BROUGHT: Final = "brought"

STRATA: Final[Mapping[str, tuple[float, str]]] = {
    BROUGHT: (0.7, "brought to people"),
    "ruled out": (0.5, "called a complaint, and held back by a rule"),
    "near": (0.12, "dismissed, thought a complaint at 5% or more"),
    "far": (0.02, "dismissed, thought a complaint at less than 5%"),
    "unread": (0.15, "dismissed, in a language that no model reads"),
    "unmentioned": (0.004, "no brand was found in it"),
}
"""Stratum → the share of complaints that is expected there (it only steers how many are read), in words."""

FEWEST: Final = 8
"""How many are read of a stratum at least, where it has so many."""
DRAWS: Final = 20_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Read:
    """One stratum: how many there are, how many of them people judged, and how many were complaints."""

    name: str
    population: int
    judged: int
    complaints: int


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate and its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """missed: complaints that nobody was shown. found: complaints among what was brought to people.

    recall: found of all; None where no complaint was seen at all. by_stratum: complaints in each.
    """

    missed: Range
    found: Range
    recall: Range | None
    by_stratum: dict[str, Range]


def allot(populations: Mapping[str, int], size: int) -> dict[str, int]:
    """How many to read of each stratum, `size` in all (or every one, where there are no more).

    By Neyman: in proportion to size and to the spread that is expected there, but never under FEWEST.
    """
    told = {name: count for name, count in populations.items() if count > 0}
    if sum(told.values()) <= size:
        return told
    share = {name: min(FEWEST, count, max(1, size // len(told))) for name, count in told.items()}
    wanted = {name: count * _spread(name) for name, count in told.items()}
    while (left := size - sum(share.values())) > 0:
        room = {name: weight for name, weight in wanted.items() if share[name] < told[name]}
        whole = sum(room.values())
        given = {name: min(told[name] - share[name], int(left * room[name] / whole)) for name in room}
        if not any(given.values()):  # what is left is less than one each: to the largest claims
            for name in sorted(room, key=lambda one: -room[one])[:left]:
                share[name] += 1
            continue
        for name, more in given.items():
            share[name] += more
    return share


def spread_over(groups: Mapping[tuple[str, str], Sequence[int]], count: int, seed: int) -> list[int]:
    """`count` of the numbers in `groups`, each as likely as any other, spread evenly over the groups.

    A systematic sample with a random start: of every source and brand as many as its share.
    """
    random = np.random.default_rng(seed)
    order = np.concatenate([random.permutation(np.asarray(groups[key], np.int64)) for key in sorted(groups)])
    if count >= len(order):
        return [int(one) for one in order]
    step = len(order) / count
    places = (random.uniform(0, step) + step * np.arange(count)).astype(np.int64)
    return [int(one) for one in order[np.minimum(places, len(order) - 1)]]


def estimate(strata: Sequence[Read], *, seed: int = 0, draws: int = DRAWS) -> Estimate:
    """What the answers say of everything; a stratum of which nothing was judged may hold anything."""
    random = np.random.default_rng(seed)
    totals: dict[str, Floats] = {}
    values: dict[str, float] = {}
    for one in strata:
        share = _shares(random, one.complaints, one.judged, draws)
        rest = max(0, one.population - one.judged)
        totals[one.name] = one.complaints + random.binomial(rest, share).astype(np.float64)
        values[one.name] = one.population * one.complaints / one.judged if one.judged else 0.0
    nothing: Floats = np.zeros(draws)
    missed = sum((drawn for name, drawn in totals.items() if name != BROUGHT), nothing)
    found = totals.get(BROUGHT, nothing)
    missed_value = sum(value for name, value in values.items() if name != BROUGHT)
    found_value = values.get(BROUGHT, 0.0)
    every = missed_value + found_value
    shares = np.divide(found, found + missed, out=np.zeros(draws), where=found + missed > 0)
    return Estimate(
        missed=_range(missed_value, missed),
        found=_range(found_value, found),
        recall=_range(found_value / every, shares) if every else None,
        by_stratum={one.name: _range(values[one.name], totals[one.name]) for one in strata},
    )


def _shares(random: np.random.Generator, hits: int, judged: int, draws: int) -> Floats:
    """The confidence distribution of a share of which `hits` of `judged` were seen."""
    low = random.beta(hits, judged - hits + 1, draws) if hits else np.zeros(draws)
    high = random.beta(hits + 1, judged - hits, draws) if hits < judged else np.ones(draws)
    return np.where(random.random(draws) < 0.5, low, high)


def _spread(name: str) -> float:
    expected = STRATA[name][0]
    return float(np.sqrt(expected * (1 - expected)))


def _range(value: float, drawn: Floats) -> Range:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Range(round(value, 4), round(min(float(low), value), 4), round(max(float(high), value), 4))
