"""When a feed is asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listeners.feed_schedule import max_age, next_wait, pace, retry_after
from tests.listeners.feed_world import START

MINUTE, HOUR = 60.0, 3600.0


def wait(**given: object) -> float:
    """A wait with the ordinary bounds of 15 and 60 minutes."""
    usual: dict[str, object] = {
        "now": START,
        "pace": None,
        "newest": START,
        "every": 15 * MINUTE,
        "at_most": HOUR,
        "ttl": None,
        "headers": {},
    }
    return next_wait(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({}, 15),
        ({"pace": 10 * MINUTE}, 15),
        ({"pace": HOUR}, 30),
        ({"pace": 24 * HOUR}, 60),
        ({"pace": HOUR, "newest": START - timedelta(hours=15)}, 45),
        ({"newest": START - timedelta(days=900)}, 60),
        ({"ttl": 40 * MINUTE}, 40),
        ({"ttl": 600 * MINUTE}, 60),
        ({"headers": {"cache-control": "public, max-age=1800"}}, 30),
        ({"headers": {"cache-control": "max-age=1800", "age": "600"}}, 20),
        ({"headers": {"retry-after": "7200"}}, 120),
        ({"every": 2 * HOUR}, 120),
    ],
)
def test_a_feed_is_asked_as_often_as_it_changes(given: dict[str, object], minutes: float) -> None:
    """Half its pace, never oftener than it or we wish, and Retry-After beyond all."""
    assert wait(**given) == minutes * MINUTE


def test_the_pace_is_the_usual_distance() -> None:
    """One long pause does not count."""
    assert pace([START + timedelta(hours=h) for h in (0, 1, 2, 3, 500)]) == HOUR
    assert pace([START]) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("99999999999", 86400),
        ("Sun, 01 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 01 Nov 2020 12:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_in_both_spellings(value: str, seconds: float | None) -> None:
    """Seconds or a date, a day at most, never negative."""
    assert retry_after({"retry-after": value}, now=START) == seconds


@pytest.mark.parametrize("value", ["", "no-store", "max-age=x", "s-maxage=5"])
def test_no_max_age_is_none(value: str) -> None:
    """Only what was said counts."""
    assert max_age({"cache-control": value}) == 0
