"""Whether a silence is unlikely: what must always hold, and how often it is wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.quiet import DAY, chance_of, quiet

COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=30)
HOURS = st.lists(st.integers(0, 6) | st.none(), min_size=10 * DAY, max_size=20 * DAY)


def steady(days: int, a_day: int) -> list[float]:
    """As many posts in every hour."""
    return [a_day / DAY] * (days * DAY)


def living(days: int, a_day: float, seed: int) -> Iterator[float]:
    """A source with nights, weekends and busy days: four times the variance of pure chance."""
    chance = random.Random(seed)
    for day in range(days):
        mood = chance.gammavariate(a_day / 3, 3 / a_day) * (0.4 if day % 7 >= 5 else 1.2)
        for hour in range(DAY):
            expected = mood * a_day / DAY * (1.7 if 8 <= hour < 22 else 0.1)
            count = 0
            while (expected := expected - chance.expovariate(1.0)) > 0:
                count += 1
            yield float(count)


@given(COUNTS, st.integers(0, 300), st.integers(0, 300))
def test_fewer_posts_are_never_likelier(past: list[int], some: int, more: int) -> None:
    """Of two counts after the same past, the smaller has the smaller chance."""
    less, more = sorted((some, more))
    assert 0 <= chance_of(less, past) <= chance_of(more, past) <= 1


@settings(max_examples=40, deadline=None)
@given(HOURS, st.sets(st.integers(0, DAY - 1)), st.integers(0, 30))
def test_fewer_posts_today_never_lessen_the_alarm(
    hours: list[int | None], taken: set[int], more: int
) -> None:
    """Taking posts out of the last day ends no alarm, whatever was before."""
    hours = [None if hour is None else hour + more for hour in hours[:-DAY]] + hours[-DAY:]
    fewer = [
        0 if hour is not None and len(hours) - 1 - place in taken else hour
        for place, hour in enumerate(hours)
    ]
    assert quiet(hours) is None or quiet(fewer) is not None


@given(st.lists(st.integers(0, 1000), max_size=7 * DAY), st.integers(0, 10))
def test_a_new_source_never_alarms(hours: list[int], silent: int) -> None:
    """Within its first week nothing is known about it, its weekend least of all."""
    assert quiet([*hours[silent:], *[0] * min(silent, len(hours))]) is None


@given(st.sets(st.integers(0, 100 * DAY - 1), max_size=14), st.integers(0, 60))
def test_a_rare_source_does_not_alarm(posts: set[int], silent: int) -> None:
    """One post a week and then two months of nothing: that happens."""
    hours = [1 if hour in posts else 0 for hour in range(100 * DAY)] + [0] * (silent * DAY)
    assert quiet(hours) is None


def test_it_is_said_in_words() -> None:
    """What is usual, what was heard, and how often chance does that."""
    found = quiet(steady(30, 48) + [0.0] * 26)
    assert found is not None
    assert found.words.startswith("usually 48 posts a day; 0 in the last 26 hours; that happens by chance ")


def test_a_weekend_is_no_alarm() -> None:
    """A source of working days is silent on Saturday and Sunday, every week and this one."""
    week = steady(5, 50) + [0.0] * (2 * DAY)
    assert quiet(week * 6) is None
    assert quiet(week * 6 + [0.0] * DAY) is not None


def test_a_night_is_no_alarm() -> None:
    """Nothing between midnight and eight is usual, nothing until noon is not."""
    day = [0.0] * 8 + [5.0] * 16
    assert quiet(day * 20 + [0.0] * 8) is None
    assert quiet(day * 20 + [0.0] * 14) is not None


def test_a_trickle_in_place_of_a_stream_alarms() -> None:
    """Deafness is not always total: one of two accounts that is heard no more."""
    assert quiet(steady(40, 400) + steady(2, 30)) is not None


@pytest.mark.parametrize("days", [2, 10, 30, 90])
def test_an_alarm_lasts_as_long_as_the_silence(days: int) -> None:
    """Silence never becomes its own usual past."""
    assert quiet(steady(50, 40) + [0.0] * (days * DAY)) is not None


def test_hours_that_were_not_listened_to_are_unknown() -> None:
    """A gap of two days is no silence of the source."""
    assert quiet([*steady(30, 40), *[None] * (2 * DAY)]) is None


def test_it_is_seldom_wrong_and_soon_right() -> None:
    """Over 4 years of a living source, looked at every day: false alarms, and how soon deafness is heard."""
    false = 0
    for seed in range(8):
        hours = list(living(183 + 28, 40, seed))
        before = None
        for now in range(28 * DAY, len(hours), DAY):
            found = quiet(hours[max(0, now - 140 * DAY) : now])
            false += found is not None and before is None
            before = found
        silent = next(h for h in range(0, 96, 6) if quiet([*hours, *[0.0] * h]))
        assert silent <= 48
    assert false <= 1
