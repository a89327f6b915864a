"""The clock of a case: what moves it, and what never does."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.case import OPEN, State
from routing.clocks import Happening, Terms, Timer, happening, step
from routing.hours import Calendar, due_at, open_minutes
from tests.routing.test_hours import OFFICE, at

LONDON = "Europe/London"
DESK = Terms(OFFICE, timedelta(hours=4))
NIGHTS = Calendar.model_validate({"time_zone": LONDON, "hours": {"sun": "00:00-06:00", "mon": "00:00-06:00"}})
ROUND = Terms(Calendar(time_zone=LONDON), timedelta(hours=4))

START = at("2026-03-20 00:00")
moments = st.integers(0, 300 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
"""Ten months of 2026: both changes of the clocks, Easter, Christmas."""
terms = st.builds(
    Terms,
    st.sampled_from([OFFICE, NIGHTS, ROUND.calendar]),
    st.integers(1, 3000).map(lambda minutes: timedelta(minutes=minutes)),
)
steps = st.lists(st.tuples(st.sampled_from(Happening), moments), max_size=12).map(
    lambda some: sorted(some, key=lambda one: one[1])
)


def run(timer: Timer, happened: list[tuple[Happening, datetime]], on: Terms) -> Timer:
    """The clock after all of it."""
    return reduce(lambda before, one: step(before, one[0], one[1], on), happened, timer)


def london(text: str) -> datetime:
    """A local time in London as an instant."""
    return at(text, LONDON)


def test_a_pause_keeps_what_was_left() -> None:
    """Ninety minutes were left on Friday afternoon; they are left when the person's silence ends."""
    paused = step(Timer(london("2026-11-20 16:30")), Happening.PAUSED, london("2026-11-20 15:00"), DESK)
    assert paused == Timer(left=timedelta(minutes=90))
    resumed = step(paused, Happening.RESUMED, london("2026-11-23 16:00"), DESK)
    assert resumed.due == london("2026-11-24 09:30")


def test_a_pause_over_christmas_costs_nothing() -> None:
    """Closed days do not count before, in or after the pause."""
    due = due_at(OFFICE, london("2026-12-23 16:00"), 120)
    paused = step(Timer(due), Happening.PAUSED, london("2026-12-25 12:00"), DESK)
    resumed = step(paused, Happening.RESUMED, london("2026-12-27 12:00"), DESK)
    assert resumed.due == due == london("2026-12-29 10:00")


def test_a_pause_over_the_hour_that_spring_skips() -> None:
    """Open round the clock: an hour left is an hour, whatever the clocks on the wall say."""
    paused = step(Timer(london("2026-03-29 00:30")), Happening.PAUSED, london("2026-03-28 23:30"), ROUND)
    resumed = step(paused, Happening.RESUMED, london("2026-03-29 00:30"), ROUND)
    assert resumed.due == london("2026-03-29 02:30")


def test_an_answer_stops_the_clock_until_the_person_speaks() -> None:
    """Then the next answer is owed, counted from what they said."""
    answered = step(Timer(london("2026-11-18 12:00")), Happening.ANSWERED, london("2026-11-18 11:00"), DESK)
    assert answered == Timer()
    spoken = step(answered, Happening.SPEAKS, london("2026-11-18 16:00"), DESK)
    assert spoken.due == london("2026-11-19 12:00")


def test_the_person_speaks_while_we_wait_for_them() -> None:
    """The pause is over, and it is an answer to something new that is owed."""
    spoken = step(Timer(left=timedelta(minutes=5)), Happening.SPEAKS, london("2026-11-18 10:00"), DESK)
    assert spoken == Timer(london("2026-11-18 14:00"))


def test_a_tighter_promise_wins() -> None:
    """Something urgent is said in a case that is due later anyway."""
    promised = london("2026-11-18 10:15")
    at_ten = london("2026-11-18 10:00")
    running = Timer(london("2026-11-18 12:00"))
    assert step(running, Happening.SPEAKS, at_ten, DESK, promised=promised).due == promised


@given(steps, moments, terms)
def test_more_words_never_put_an_answer_off(
    happened: list[tuple[Happening, datetime]], due: datetime, on: Terms
) -> None:
    """Whoever asks again is not served later for it."""
    timer = run(Timer(due), happened, on)
    if timer.due is not None:
        after = step(timer, Happening.SPEAKS, START + timedelta(days=301), on)
        assert after.due == timer.due


@given(moments, st.integers(0, 3000), moments, moments, terms)
def test_a_pause_takes_no_open_time(
    start: datetime, minutes: int, one: datetime, two: datetime, on: Terms
) -> None:
    """Open time before and after the pause is together what was promised, or it was late before."""
    due = due_at(on.calendar, start, minutes)
    pause, resume = sorted((one, two))
    pause = max(pause, start)
    resume = max(resume, pause)
    resumed = step(step(Timer(due), Happening.PAUSED, pause, on), Happening.RESUMED, resume, on)
    assert resumed.due is not None
    worked = open_minutes(on.calendar, start, min(pause, due))
    assert worked + open_minutes(on.calendar, resume, resumed.due) == pytest.approx(minutes)
    assert resumed.due >= due or pause >= due


@given(steps, moments, terms)
def test_the_clock_stands_or_runs(
    happened: list[tuple[Happening, datetime]], due: datetime, on: Terms
) -> None:
    """Never both, and no answer is owed before the last thing happened that asks for one."""
    timer = run(Timer(due), happened, on)
    assert timer.due is None or timer.left is None
    assert timer.left is None or timer.left >= timedelta(0)
    if happened and happened[-1][0] in {Happening.ANSWERED, Happening.CLOSED}:
        assert timer == Timer()


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_only_four_steps_between_states_move_the_clock(before: State, after: State) -> None:
    """Into and out of waiting for the person, closing, and opening again."""
    what = happening(before, after)
    if after not in OPEN:
        assert what is Happening.CLOSED
    elif before not in OPEN:
        assert what is Happening.REOPENED
    elif State.WAITING_PERSON in {before, after} and before is not after:
        assert what in {Happening.PAUSED, Happening.RESUMED}
    else:
        assert what is None
