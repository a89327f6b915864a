"""What was heard and what was not, day by day, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.coverage import DayState, Trouble
from earnest.ledger import Ledger
from listeners.listener import Refused, Retry
from listeners.sources import BlogsSource, Feed
from tests.clock import SetClock
from tests.coverage.listening import BLOGS, HILL, VALE, Listening

DAY = timedelta(days=1)


@pytest.fixture
def listening(ledger: Ledger, clock: SetClock) -> Listening:
    """A source of two feeds that was never asked."""
    return Listening(ledger, clock)


def test_a_picture_of_days(listening: Listening) -> None:
    """Not asked, heard, silent, failed and a gap: each day says its own."""
    listening.poll(3)
    listening.clock.move(days=1)
    listening.poll(0)
    listening.clock.move(days=1)
    listening.poll(error=Retry("busy"))
    listening.clock.move(days=1)
    listening.poll(2, gaps=(listening.gap(timedelta(hours=3)),))
    (source,) = listening.covered(5).sources
    (hill,) = [query for query in source.queries if query.query == HILL]
    assert [day.state for day in hill.days] == [
        DayState.NOT_ASKED,
        DayState.HEARD,
        DayState.SILENT,
        DayState.FAILED,
        DayState.GAP,
    ]
    assert [day.posts for day in hill.days] == [0, 3, 0, 0, 2]


def test_a_gap_keeps_its_reason_and_both_ends(listening: Listening) -> None:
    """And marks every day that it covers."""
    listening.poll(1)
    listening.clock.move(days=3)
    listening.poll(1, gaps=(listening.gap(2 * DAY, DAY),))
    hill = listening.covered(4).sources[0].queries[0]
    (hole,) = hill.holes
    assert (hole.why, hole.note) == ("window expired", "the feed holds ten entries")
    assert (hole.start, hole.end) == (listening.clock() - 2 * DAY, listening.clock() - DAY)
    assert [day.gaps for day in hill.days] == [0, 1, 1, 0]


def test_a_source_adds_up_its_queries(listening: Listening) -> None:
    """Posts and dollars together; a query that failed all day shows on the source."""
    listening.poll(4, HILL, cost=0.02)
    listening.poll(0, VALE, error=Refused("no"))
    (source,) = listening.covered(1).sources
    (today,) = source.days
    assert (today.posts, today.polls, today.cost, today.state) == (4, 2, 0.02, DayState.FAILED)


def test_all_well(listening: Listening) -> None:
    """Both feeds asked and heard: nobody is called."""
    listening.days([8] * 3)
    assert listening.covered().deaf == ()


def test_never_asked_is_told(listening: Listening) -> None:
    """A source that is configured and that nobody asks is deaf, however new."""
    (source,) = listening.covered().deaf
    assert [alarm.trouble for alarm in source.alarms] == [Trouble.NEVER]


def test_a_new_query_beside_old_ones_is_told_until_it_is_asked(listening: Listening) -> None:
    """By its own name."""
    listening.poll(1, HILL)
    (source,) = listening.covered().deaf
    assert [(query, alarm.trouble) for query, alarm in source.told] == [(VALE, Trouble.NEVER)]


def test_failing_is_told_with_its_reason(listening: Listening) -> None:
    """The network's words, for that query only."""
    listening.poll(1, VALE)
    listening.poll(0, HILL, error=Refused("403: ask the owner"))
    (source,) = listening.covered().deaf
    ((query, alarm),) = source.told
    assert (query, alarm.trouble, alarm.words) == (HILL, Trouble.FAILING, "403: ask the owner")


def test_nobody_asks_any_more(listening: Listening) -> None:
    """A scheduler that stopped is told once for the whole source, and not before its usual wait is over."""
    listening.days([8] * 3, times=8)
    listening.clock.move(hours=5)
    assert listening.covered().deaf == ()
    listening.clock.move(hours=5)
    (source,) = listening.covered().deaf
    assert [alarm.trouble for alarm in source.alarms] == [Trouble.OVERDUE]
    assert len(source.told) == 1


def test_a_run_once_a_day_is_not_late_in_the_evening(listening: Listening) -> None:
    """The usual wait is the source's own."""
    listening.days([8] * 6, times=1)
    listening.clock.move(hours=20)
    assert listening.covered().deaf == ()


def test_a_feed_that_falls_silent_is_noticed(listening: Listening) -> None:
    """It answers, it never fails, and nothing comes: the failure that nobody sees."""
    listening.days([12] * 14)
    for _ in range(8):
        listening.poll(0, HILL)
        listening.poll(3, VALE)
        listening.clock.move(hours=6)
    told = dict(listening.covered().sources[0].told)
    assert set(told) == {HILL}
    assert told[HILL].trouble is Trouble.QUIET
    assert "posts a day; 0 in the last 47 hours; that happens by chance once in" in told[HILL].words


def test_silence_inside_a_gap_is_no_alarm(listening: Listening) -> None:
    """It is told as a gap; nothing is concluded from hours that were not listened to."""
    listening.days([12] * 14)
    listening.days([0] * 2)
    listening.poll(0, gaps=(listening.gap(3 * DAY),))
    told = [query for query, alarm in listening.covered().sources[0].told if alarm.trouble is Trouble.QUIET]
    assert HILL not in told


def test_many_rare_feeds_are_judged_together(ledger: Ledger, clock: SetClock) -> None:
    """Each may well be silent for two days; not all twelve."""
    feeds = [f"https://{number}.example/feed" for number in range(12)]
    source = BlogsSource(kind="blogs", name="blogs", feeds=tuple(Feed(url=url) for url in feeds))
    listening = Listening(ledger, clock, (source,))
    for day in range(20):
        for number, url in enumerate(feeds):
            listening.poll(int(day < 18 and (day + number) % 3 == 0), url)
        clock.move(days=1)
    for url in feeds:
        listening.poll(0, url)
    (deaf,) = listening.covered().deaf
    ((query, alarm),) = deaf.told
    assert (query, alarm.trouble) == ("", Trouble.QUIET)
    assert alarm.words.startswith("all 12 queries together: usually 4 posts a day; 0 in the last ")


def test_what_was_taken_out_of_the_configuration_is_shown_and_not_missed(listening: Listening) -> None:
    """A feed that is asked no more keeps its picture, without an alarm."""
    listening.days([12] * 10)
    listening.sources = (BLOGS.model_copy(update={"feeds": BLOGS.feeds[:1]}),)
    listening.days([12] * 3, [HILL])
    seen = listening.covered()
    assert seen.deaf == ()
    assert {query.query: query.asked for query in seen.sources[0].queries} == {HILL: True, VALE: False}


def test_a_poll_that_was_cut_off_counts_as_failed(listening: Listening) -> None:
    """A process that died in the middle left no error behind, only a start."""
    listening.ledger.poll_started("blogs", "blog", HILL)
    listening.clock.move(hours=2)
    assert listening.covered(1).sources[0].days[0].state is DayState.FAILED


def test_a_poll_that_runs_now_has_not_failed(listening: Listening) -> None:
    """It is simply not over."""
    listening.ledger.poll_started("blogs", "blog", HILL)
    assert listening.covered(1).sources[0].days[0].state is DayState.SILENT
