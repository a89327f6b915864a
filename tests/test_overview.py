"""A week is said to differ only where chance does not explain it."""

from __future__ import annotations

import random

import pytest

from earnest.overview import Change, change_of


@pytest.mark.parametrize(
    ("week", "before", "change"),
    [
        (30, [10, 11, 9, 10], Change.MORE),
        (13, [10, 11, 9, 10], Change.USUAL),
        (20, [100, 110, 90, 100], Change.FEWER),
        (12, [0, 0, 0, 0], Change.MORE),
        (40, [5, 60, 8, 30], Change.USUAL),
        (3, [1, 0, 2, 1], Change.FEW),
        (0, [0, 0], Change.FEW),
        (50, [], Change.NEW),
    ],
)
def test_a_week_beside_the_weeks_before(week: int, before: list[int], change: Change) -> None:
    """Large changes are told, small numbers and lively topics are not."""
    assert change_of(week, before) is change


@pytest.mark.parametrize("mean", [3, 10, 40])
def test_chance_alone_is_seldom_called_a_change(mean: int) -> None:
    """Of weeks that are all drawn alike, at most one of a hundred."""
    dice = random.Random(mean)
    weeks = [[sum(dice.random() < mean / 500 for _ in range(500)) for _ in range(5)] for _ in range(300)]
    told = [change_of(week[0], week[1:]) for week in weeks]
    assert sum(one in {Change.MORE, Change.FEWER} for one in told) <= 3
