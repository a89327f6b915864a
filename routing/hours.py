"""When people work, and when an answer is due: a pure function of calendar, start and minutes.

A calendar is written in the wall time of one place. Every opening is turned into UTC instants before
anything is added up, so an hour lost or won to daylight saving is neither lost nor won twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from listeners.brand import Strict
from listeners.post import require_utc

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

_HORIZON = 3660  # days looked ahead before a calendar counts as closed for good
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DURATION = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?")


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError('a length of time is written like "15m", "4h", "1h30m" or "7d"')
    days, hours, minutes = (int(part or 0) for part in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if not timedelta(0) < length <= timedelta(days=3660):
        raise ValueError("a length of time is more than nothing and at most ten years")
    return length


def in_words(length: timedelta) -> str:
    """A length of time as people write it: "15m", "4h", "1h30m", "7d"."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 24 * 60)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "m")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(in_words, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^(\d+d)?\s*(\d+h)?\s*(\d+m)?$", "examples": ["15m", "4h"]}
    ),
]
"""A length of time, written "15m", "4h", "1h30m" or "7d"."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f'"{name}" is no time zone; zones are named like Europe/London or UTC') from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]
"""The name of a time zone that this system knows."""


def _minute(hour: str, minute: str) -> int:
    at = int(hour) * 60 + int(minute)
    if int(minute) > 59 or at > 24 * 60:
        raise ValueError(f'"{hour}:{minute}" is no time of day; times go from 00:00 to 24:00')
    return at


def _openings(value: Any) -> Any:
    """ "08:00-12:00, 13:00-18:00" as pairs of minutes after midnight; "closed" as none."""
    if not isinstance(value, str):
        return value
    if value.strip() == "closed":
        return ()
    spans: list[tuple[int, int]] = []
    for part in value.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueError(
                f'"{part.strip()}" is no opening; write "09:00-17:00", several with commas, or "closed"'
            )
        start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
        if end <= start:
            raise ValueError(
                f'"{part.strip()}" ends before it starts; over midnight, write "22:00-24:00" and '
                '"00:00-06:00" on the next day'
            )
        if spans and start < spans[-1][1]:
            raise ValueError(f'"{part.strip()}" starts before the opening written before it ends')
        spans.append((start, end))
    return tuple(spans)


def _openings_in_words(spans: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans) or "closed"


Openings = Annotated[
    tuple[tuple[int, int], ...],
    BeforeValidator(_openings),
    PlainSerializer(_openings_in_words, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["09:00-17:00", "08:00-12:00, 13:00-18:00", "closed"]}),
]

_ALWAYS: tuple[tuple[int, int], ...] = ((0, 24 * 60),)


class Holidays(Strict):
    """Whose public holidays are closed days, from the `holidays` library."""

    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 code, such as GB")
    subdivision: str | None = Field(default=None, description="part of the country, such as ENG or BY")

    @model_validator(mode="after")
    def _known(self) -> Holidays:
        _public_holidays(self.country, self.subdivision, 2026)
        return self


class Calendar(Strict):
    """Opening hours of one place. Days that are not named are closed; nothing at all named is always open."""

    time_zone: ZoneName = Field(default="UTC", description="such as Europe/London")
    hours: dict[Weekday, Openings] = Field(
        default_factory=lambda: dict.fromkeys(WEEKDAYS, _ALWAYS), description='weekday → "09:00-17:00"'
    )
    holidays: Holidays | None = Field(default=None, description="public holidays, closed all day")
    closed: tuple[date, ...] = Field(default=(), description="more closed days, such as 2026-12-24")

    @model_validator(mode="after")
    def _opens_at_all(self) -> Calendar:
        if self.weekly < timedelta(hours=1):
            raise ValueError("this calendar is open for less than an hour a week; give weekdays their hours")
        return self

    @property
    def weekly(self) -> timedelta:
        """Open time of a week without holidays."""
        return timedelta(minutes=sum(end - start for spans in self.hours.values() for start, end in spans))

    def is_closed(self, day: date) -> bool:
        """Whether `day` (local) is a holiday or closed for another reason; weekdays are `hours`' business."""
        if day in self.closed:
            return True
        return self.holidays is not None and day in _public_holidays(
            self.holidays.country, self.holidays.subdivision, day.year
        )

    def openings(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening intervals (UTC, half-open, in order) that end after `since`; ends after ten years."""
        zone = ZoneInfo(self.time_zone)
        first = since.astimezone(zone).date() - timedelta(days=1)
        reached = since
        for offset in range(_HORIZON):
            day = first + timedelta(days=offset)
            spans = self.hours.get(WEEKDAYS[day.weekday()], ())
            if not spans or self.is_closed(day):
                continue
            for start, end in spans:
                # Wall times that a spring jump skips may overlap what follows; no minute counts twice.
                opens, closes = max(_instant(day, start, zone), reached), _instant(day, end, zone)
                if closes > opens:
                    yield opens, closes
                    reached = closes


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall time: the first of two in autumn, as if unshifted in spring."""
    if minute == 24 * 60:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=512)
def _public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Public holidays of one year; ValueError names what is not known."""
    import holidays  # noqa: PLC0415 - its country tables load slowly and most calendars need none

    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        where = country if subdivision is None else f"{country} with subdivision {subdivision}"
        raise ValueError(
            f"no holidays are known for {where}; see the countries of the holidays library"
        ) from None


def due_at(calendar: Calendar, start: datetime, minutes: float) -> datetime:
    """When `minutes` of open time have passed since `start` (UTC): the instant, in UTC.

    Pure. Closed time does not count; a start outside of hours counts from the next opening. Never
    earlier than `start`, and later starts are never due earlier. Raises ValueError where the
    calendar does not open long enough within ten years.
    """
    require_utc("start", start)
    left = timedelta(minutes=minutes)
    if left < timedelta(0):
        raise ValueError("minutes are zero or more")
    for opens, closes in calendar.openings(start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise ValueError("the calendar does not open long enough within ten years")


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Minutes of open time between two instants (UTC); 0 where `end` is not after `start`."""
    require_utc("start", start)
    require_utc("end", end)
    total = timedelta(0)
    for opens, closes in calendar.openings(start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total.total_seconds() / 60
