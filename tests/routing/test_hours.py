"""Business hours and due times: a pure function of calendar, start and minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from routing.hours import WEEKDAYS, Calendar, Duration, due_at, in_words, open_minutes

OFFICE = Calendar.model_validate(
    {
        "time_zone": "Europe/London",
        "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-17:00"),
        "holidays": {"country": "GB", "subdivision": "ENG"},
        "closed": ["2026-12-24"],
    }
)
ALWAYS = Calendar()


def at(text: str, zone: str = "UTC") -> datetime:
    """A local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        pytest.param("2026-11-18 10:00", 60, "2026-11-18 11:00", id="within hours"),
        pytest.param("2026-11-18 16:30", 60, "2026-11-19 09:30", id="over night"),
        pytest.param("2026-11-18 20:00", 60, "2026-11-19 10:00", id="after hours"),
        pytest.param("2026-11-20 16:30", 60, "2026-11-23 09:30", id="over the weekend"),
        pytest.param(
            "2026-12-23 16:30", 60, "2026-12-29 09:30", id="over Christmas, its substitute and a closed day"
        ),
        pytest.param("2026-11-18 09:00", 480, "2026-11-18 17:00", id="a whole day ends at closing time"),
        pytest.param("2026-11-18 20:00", 0, "2026-11-19 09:00", id="nothing left to wait for, but closed"),
    ],
)
def test_due_in_business_hours(start: str, minutes: int, due: str) -> None:
    """Only open time counts."""
    london = "Europe/London"
    assert due_at(OFFICE, at(start, london), minutes) == at(due, london)


def test_an_hour_lost_in_spring_is_not_counted() -> None:
    """Open round the clock in London: 00:30 and two hours is 03:30 on the day that skips one."""
    around = Calendar(time_zone="Europe/London")
    start = at("2026-03-29 00:30", "Europe/London")
    assert due_at(around, start, 120).astimezone(ZoneInfo("Europe/London")).strftime("%H:%M") == "03:30"


def test_an_hour_won_in_autumn_counts_once_more() -> None:
    """A night shift from 00:00 to 06:00 is seven hours long when the clocks go back."""
    night = Calendar.model_validate({"time_zone": "Europe/London", "hours": {"sun": "00:00-06:00"}})
    start = at("2026-10-25 00:00", "Europe/London")
    assert open_minutes(night, start, start + timedelta(days=1)) == 7 * 60


def test_openings_inside_the_skipped_hour_overlap_nothing() -> None:
    """Spans written in the hour that spring skips never count a minute twice."""
    odd = Calendar.model_validate(
        {"time_zone": "Europe/London", "hours": {"sun": "01:00-01:30, 01:30-02:00, 02:00-03:00"}}
    )
    spans = []
    for span in odd.openings(at("2026-03-28 12:00")):
        spans.append(span)
        if len(spans) == 3:
            break
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Calendars with any hours in zones of every habit: no DST, DST, half hours, a 30-minute DST."""
    hours, open_for = {}, []
    for day in draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1)):
        marks = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
        pairs = list(zip(marks[::2], marks[1::2], strict=False))
        open_for += [end - start for start, end in pairs]
        hours[day] = ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in pairs)
    assume(sum(open_for) >= 60)
    zone = draw(
        st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
    )
    return Calendar.model_validate({"time_zone": zone, "hours": hours})


STARTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
MINUTES = st.integers(0, 3000)


@given(calendars(), STARTS, MINUTES)
def test_exactly_the_minutes_lie_between_start_and_due(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    """Open time between start and due is what was asked for, to the second."""
    assert open_minutes(calendar, start, due_at(calendar, start, minutes)) == pytest.approx(minutes)


@given(calendars(), STARTS, st.integers(0, 10_000), MINUTES)
def test_later_starts_are_never_due_earlier(
    calendar: Calendar, start: datetime, later: int, minutes: int
) -> None:
    """Order is kept: who wrote first is due first."""
    assert due_at(calendar, start, minutes) <= due_at(calendar, start + timedelta(minutes=later), minutes)


@given(calendars(), STARTS, MINUTES, MINUTES)
def test_due_can_be_counted_in_parts(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    """Waiting a, then b, ends where waiting a + b does."""
    assert due_at(calendar, due_at(calendar, start, first), second + 1) == due_at(
        calendar, start, first + second + 1
    )


@given(STARTS, MINUTES)
def test_round_the_clock_is_plain_addition(start: datetime, minutes: int) -> None:
    """The calendar `always` closes at no time."""
    assert due_at(ALWAYS, start, minutes) == start + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"time_zone": "Europe/Londn"}, "no time zone"),
        ({"hours": {"mon": "9-17"}}, "no opening"),
        ({"hours": {"mon": "17:00-09:00"}}, "ends before it starts"),
        ({"hours": {"mon": "09:00-12:00, 11:00-13:00"}}, "starts before the opening"),
        ({"hours": {"mon": "09:00-25:00"}}, "no time of day"),
        ({"hours": {"mon": "closed"}}, "less than an hour a week"),
        ({"holidays": {"country": "XQ"}}, "no holidays are known"),
    ],
)
def test_calendars_that_make_no_sense_are_refused(wrong: dict[str, Any], said: str) -> None:
    """Each with words a person understands."""
    with pytest.raises(ValidationError, match=said):
        Calendar.model_validate(wrong)


def test_times_without_a_zone_are_refused() -> None:
    """A naive start is a bug of the caller."""
    with pytest.raises(ValueError, match="UTC"):
        due_at(ALWAYS, datetime(2026, 11, 18, 10, 0), 5)  # noqa: DTZ001 - that is the point


@given(st.integers(1, 500_000))
def test_lengths_are_written_as_they_are_read(minutes: int) -> None:
    """A duration survives being shown and read again."""
    length = timedelta(minutes=minutes)
    assert TypeAdapter(Duration).validate_python(in_words(length)) == length
