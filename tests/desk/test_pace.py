"""The bucket behind every 429."""

from __future__ import annotations

from earnest.desk.pace import KEPT, Pace
from tests.clock import SetClock


def test_a_bucket_refills() -> None:
    """As many at once as in a minute; then one after the other."""
    clock = SetClock()
    pace = Pace(clock)
    assert [pace.ask("calls", "a", 6) for _ in range(6)] == [None] * 6
    held = pace.ask("calls", "a", 6)
    assert held is not None
    assert held.first
    clock.move(seconds=held.seconds)
    assert pace.ask("calls", "a", 6) is None
    again = pace.ask("calls", "a", 6)
    assert again is not None
    assert not again.first


def test_others_are_not_held() -> None:
    """Neither another person nor another kind of thing."""
    pace = Pace(SetClock())
    pace.ask("calls", "a", 1)
    assert pace.ask("calls", "a", 1) is not None
    assert pace.ask("calls", "b", 1) is None
    assert pace.ask("costly", "a", 1) is None


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """And takes nothing."""
    clock = SetClock()
    pace = Pace(clock)
    pace.ask("calls", "a", 2)
    clock.move(hours=-1)
    assert pace.ask("calls", "a", 2) is None
    assert pace.ask("calls", "a", 2) is not None


def test_memory_stays_flat() -> None:
    """Whoever asks under ever new names fills nothing."""
    pace = Pace(SetClock())
    for number in range(KEPT + 10):
        pace.ask("wrong token", str(number), 30)
    assert len(pace._buckets) <= KEPT
