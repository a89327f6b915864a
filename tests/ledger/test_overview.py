"""Figures for whoever leads the desk, on both databases, within the queues they may see."""

from __future__ import annotations

from datetime import timedelta

from earnest.ledger import Ledger, reach
from earnest.ledger import overview as figures
from earnest.ledger.gauges import queues
from listeners.post import Kind
from tests.clock import SetClock
from tests.ledger.world import hear, open_case, post, reply, work_off

HOUR = timedelta(hours=1)


def test_arrivals_and_answers_fall_into_their_hours(ledger: Ledger, clock: SetClock) -> None:
    """Also the empty hours are told; an answer counts when it is heard."""
    open_case(ledger, "1")
    clock.move(hours=2)
    hear(ledger, reply("2", "1", text="Sorry, we look at it", who="LarkspurHelp"))
    work_off(ledger)
    told = figures.hours(ledger.database, clock.now - 3 * HOUR, clock.now)
    assert [(hour.arrived, hour.answered) for hour in told] == [(0, 0), (1, 0), (0, 0), (0, 1)]


def test_an_answer_heard_with_its_case_counts(ledger: Ledger, clock: SetClock) -> None:
    """The two came in one poll."""
    hear(ledger, post("1"), reply("2", "1", text="Sorry, we look at it", who="LarkspurHelp"))
    work_off(ledger)
    (told,) = figures.hours(ledger.database, clock.now, clock.now)
    assert (told.arrived, told.answered) == (1, 1)


def test_who_waits_longest_comes_first(ledger: Ledger) -> None:
    """With their case."""
    for number in (7, 3):
        open_case(ledger, str(number), who=f"who{number}")
    assert [one.handle for one in figures.oldest(ledger.database)] == ["who3", "who7"]


def test_people_are_counted_by_how_long_they_wait(ledger: Ledger, clock: SetClock) -> None:
    """In the bands between the edges."""
    open_case(ledger, "1")
    edges = [24 * HOUR, 48 * HOUR]
    assert figures.ages(ledger.database, edges) == [1, 0, 0]
    clock.move(days=1)
    assert figures.ages(ledger.database, edges) == [0, 1, 0]
    clock.move(days=9)
    assert figures.ages(ledger.database, edges) == [0, 0, 1]


def test_topics_are_counted_by_week(ledger: Ledger, clock: SetClock) -> None:
    """The latest seven days first."""
    open_case(ledger, "1")
    clock.move(days=8)
    for number in (2, 3):
        open_case(ledger, str(number), who=f"who{number}")
    assert figures.topics(ledger.database, 3) == {"outage": (2, 1, 0)}


def test_stories_are_those_that_others_repeat(ledger: Ledger, clock: SetClock) -> None:
    """From so many echoes on, the widest first."""
    case_id = open_case(ledger, "1")
    hear(ledger, *(post(str(n), "RT", f"echo{n}", kind=Kind.REPOST, parent_id="1") for n in range(2, 5)))
    work_off(ledger)
    (story,) = figures.stories(ledger.database, clock.now - figures.WEEK, echoes=3)
    assert (story.case_id, story.echoes) == (case_id, 3)
    assert figures.stories(ledger.database, clock.now - figures.WEEK, echoes=4) == []


def test_what_is_due_soon_is_counted(ledger: Ledger, clock: SetClock) -> None:
    """Within the hour, until it is overdue."""
    open_case(ledger, "1")
    row = ledger.queue().rows[0]
    assert row.due is not None
    clock.now = row.due - HOUR / 2
    assert [(queue.soon, queue.overdue) for queue in queues(ledger.database)] == [(1, 0)]
    clock.now = row.due + HOUR
    assert [(queue.soon, queue.overdue) for queue in queues(ledger.database)] == [(0, 1)]


def test_figures_keep_to_the_queues_one_may_see(ledger: Ledger, clock: SetClock) -> None:
    """Who sees another queue alone sees none of it."""
    open_case(ledger, "1")
    db, since = ledger.database, clock.now - HOUR
    with reach.within(["other"]):
        assert sum(hour.arrived for hour in figures.hours(db, since, clock.now)) == 0
        assert figures.oldest(db) == []
        assert figures.ages(db, [HOUR]) == [0, 0]
        assert figures.topics(db, 2) == {}
        assert figures.stories(db, since, echoes=0) == []
        assert queues(db) == []
