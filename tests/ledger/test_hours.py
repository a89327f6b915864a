"""Polls summed by the hour: the same as the polls themselves, for longer than they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from earnest.ledger import Ledger
from earnest.ledger.coverage import HeardByPoll, HourOfPolls
from earnest.ledger.hours import KEEP_POLLS
from earnest.ledger.tables import poll_logs
from listeners.listener import Batch, Retry
from tests.clock import NOON, SetClock
from tests.ledger.world import post

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands until a test moves it."""
    return SetClock()


@pytest.fixture
def ledger(clock: SetClock) -> Iterator[Ledger]:
    """One in memory: the sums are the same on each database."""
    with Ledger.open("sqlite://", clock=clock) as opened:
        yield opened


def poll(ledger: Ledger, *ids: str, cost: float = 0.0, error: Retry | None = None) -> None:
    """One poll, now, that brings these posts."""
    ledger.poll_started("s", "x", "q")
    batch = Batch({"v": 1}, posts=tuple(post(pk) for pk in ids), cost=cost)
    ledger.commit_batch("s", batch, query="q", source="x")
    ledger.poll_ended("s", "q", error=error, next_poll=None)


def test_an_hour_is_the_sum_of_its_polls(ledger: Ledger, clock: SetClock) -> None:
    """Posts, failures and cost; a poll that was cut off counts as failed."""
    poll(ledger, "1", "2", cost=0.5)
    clock.move(minutes=20)
    poll(ledger, "3", cost=0.25, error=Retry("busy"))
    clock.move(minutes=20)
    ledger.poll_started("s", "x", "q")
    clock.move(minutes=90)
    assert list(ledger.polls_by_hour(NOON)) == [HourOfPolls("s", "q", NOON, 3, 2, 3, 0.75)]


def test_a_poll_that_runs_costs_already(ledger: Ledger) -> None:
    """Else the next one would spend the same dollars."""
    poll(ledger, "1", cost=0.5)
    ledger.poll_started("s", "x", "q")
    ledger.commit_batch("s", Batch({"v": 2}, posts=(post("2"),), cost=0.25), query="q", source="x")
    assert ledger.spent("s", NOON) == 0.75


def test_what_was_heard_is_told_from_poll_to_poll(ledger: Ledger, clock: SetClock) -> None:
    """The first of an hour since the one before; the others of the hour as one."""
    poll(ledger, "1")
    for ids in (("2",), ("3", "4"), (), ("5",)):
        clock.move(minutes=20)
        poll(ledger, *ids)
    first, second, third, last = (NOON + timedelta(minutes=m) for m in (0, 40, 60, 80))
    wait = timedelta(minutes=20)
    assert list(ledger.heard_by_poll(NOON)) == [
        HeardByPoll("s", "q", None, first, 1, None),
        HeardByPoll("s", "q", first, second, 3, wait),
        HeardByPoll("s", "q", third, last, 1, wait),
    ]


def test_old_polls_go_and_their_hours_stay(ledger: Ledger, clock: SetClock) -> None:
    """With the next poll of the same query."""
    poll(ledger, "1")
    clock.move(hours=KEEP_POLLS / HOUR + 1)
    poll(ledger, "2")
    with ledger.database.read() as conn:
        assert conn.scalar(select(func.count()).select_from(poll_logs)) == 1
    assert [hour.posts for hour in ledger.polls_by_hour(NOON)] == [1, 1]
