"""Times are told in a person's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from earnest.desk import times

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (240, "4 min ago"),
        (7_300, "2 h ago"),
        (90_000, "1 day ago"),
        (200_000, "2 days ago"),
    ],
)
def test_ago(seconds: int, words: str) -> None:
    """Age in its largest unit."""
    assert times.ago(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("minutes", "words", "pressure"),
    [
        (90, "due in 1 h", "calm"),
        (12, "due in 12 min", "soon"),
        (-0.5, "due now", "over"),
        (-200, "3 h overdue", "over"),
    ],
)
def test_due(minutes: float, words: str, pressure: str) -> None:
    """How long is left, in words and as one of four pressures."""
    when = NOW + timedelta(minutes=minutes)
    assert (times.due(when, NOW), times.pressure(when, NOW)) == (words, pressure)


def test_nothing_due() -> None:
    """A case without a due time says nothing."""
    assert (times.due(None, NOW), times.pressure(None, NOW)) == ("", "none")


def test_moment_is_on_the_desks_clock() -> None:
    """Absolute times are shown in the desk's zone."""
    assert times.moment(NOW, ZoneInfo("Europe/Berlin")) == "Sat 21 Nov 2026, 21:00"


def test_presets_lie_ahead() -> None:
    """Every offered snooze ends later than now, at most a week away."""
    for day in range(7):
        now = NOW + timedelta(days=day)
        assert all(
            now < when <= now + timedelta(days=7) for _, when in times.presets(now, ZoneInfo("Europe/London"))
        )
