"""How many complaints were missed: the estimate from a sample, and how far it is to be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from earnest.recall import BROUGHT, FEWEST, STRATA, Read, allot, estimate, spread_over

SIZES = {BROUGHT: 900, "ruled out": 120, "near": 400, "far": 1500, "unread": 60, "unmentioned": 20_000}
WORLDS = {
    "as expected": (0.75, 0.4, 0.12, 0.02, 0.15, 0.003),
    "little is missed": (0.9, 0.1, 0.05, 0.005, 0.05, 0.0005),
    "much is missed": (0.6, 0.6, 0.3, 0.08, 0.4, 0.02),
}


@pytest.mark.parametrize("rates", WORLDS.values(), ids=WORLDS.keys())
def test_the_interval_covers_the_truth_about_95_times_in_100(rates: tuple[float, ...]) -> None:
    """In made-up worlds whose missed complaints are known; the estimate itself is right on average."""
    random = np.random.default_rng(7)
    worlds, covered, recalled = 160, 0, 0
    errors: list[float] = []
    share = allot(SIZES, 250)
    for seed in range(worlds):
        truth = {name: random.binomial(SIZES[name], rate) for name, rate in zip(SIZES, rates, strict=True)}
        seen = {
            name: random.hypergeometric(truth[name], SIZES[name] - truth[name], share[name]) for name in SIZES
        }
        told = estimate(
            [Read(name, SIZES[name], share[name], seen[name]) for name in SIZES], seed=seed, draws=800
        )
        missed = sum(truth.values()) - truth[BROUGHT]
        recall = truth[BROUGHT] / sum(truth.values())
        assert told.recall is not None
        covered += told.missed.low <= missed <= told.missed.high
        recalled += told.recall.low <= recall <= told.recall.high
        errors.append(told.missed.value - missed)
    assert covered / worlds > 0.9
    assert recalled / worlds > 0.9
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(worlds)


def test_one_stratum_has_the_interval_of_the_textbooks() -> None:
    """7 of 50: Clopper-Pearson says .058 to .267, Wilson .070 to .262; ours lies between or beside them."""
    told = estimate([Read("near", 1_000_000, 50, 7)])
    assert told.missed.value == pytest.approx(140_000)
    assert 0.055 < told.missed.low / 1e6 < 0.072
    assert 0.255 < told.missed.high / 1e6 < 0.270


def test_a_stratum_without_a_hit_still_widens() -> None:
    """None of 30 in twenty thousand is not none at all: up to about one in ten may be."""
    told = estimate([Read(BROUGHT, 100, 50, 40), Read("unmentioned", 20_000, 30, 0)])
    assert told.missed.value == 0
    assert told.missed.low == 0
    assert 1000 < told.missed.high < 2600
    assert told.recall is not None
    assert told.recall.value == 1
    assert told.recall.low < 0.1


def test_what_was_read_whole_is_known() -> None:
    """No interval is left where everything was judged."""
    told = estimate([Read(BROUGHT, 10, 10, 8), Read("near", 4, 4, 2)])
    assert (told.missed.low, told.missed.high) == (2, 2)
    assert told.recall is not None
    assert told.recall.low == told.recall.high == 0.8


def test_where_no_complaint_was_seen_there_is_no_recall() -> None:
    """Nothing divided by nothing is said as such."""
    assert estimate([Read("near", 10, 5, 0)]).recall is None


@pytest.mark.parametrize("size", [6, 40, 200, 5000, 50_000])
def test_a_sample_is_as_large_as_asked_and_leaves_no_stratum_out(size: int) -> None:
    """Never more of a stratum than there are, and all of it where the sample is larger than everything."""
    share = allot(SIZES | {"unread": 0}, size)
    assert sum(share.values()) == min(size, sum(SIZES.values()) - 60)
    assert all(0 < count <= SIZES[name] for name, count in share.items())
    assert size < 100 or min(share.values()) >= FEWEST
    assert set(share) == set(STRATA) - {"unread"}


def test_a_draw_is_spread_over_sources_and_brands() -> None:
    """Each group has its share, within one; the same seed draws the same."""
    groups = {("x", "A"): range(600), ("x", "B"): range(1000, 1300), ("reddit", "A"): range(2000, 2100)}
    drawn = spread_over(groups, 50, seed=3)
    assert len(set(drawn)) == 50
    assert drawn == spread_over(groups, 50, seed=3)
    for numbers in groups.values():
        assert abs(sum(one in numbers for one in drawn) - len(numbers) / 20) <= 1
