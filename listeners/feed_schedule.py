"""When to ask a feed again: as often as it changes, never more often than it wishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median

DAY = 86400.0


def pace(times: Iterable[datetime]) -> float | None:
    """Seconds that usually lie between two of the newest twenty entries; None where fewer than two."""
    dated = sorted(times)[-20:]
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(dated)]
    return median(steps) if steps else None


def next_wait(
    *,
    now: datetime,
    pace: float | None,
    newest: datetime | None,
    every: float,
    at_most: float,
    ttl: float | None,
    headers: Mapping[str, str],
) -> float:
    """Seconds until the feed should be asked again, between `every` and `at_most`.

    pace: seconds between its entries; half of it is the wait, so that a lively feed is asked soon
        and a sleeping one seldom. newest: its latest entry; a long silence slows the pace.
    every, at_most: seconds, as configured. ttl: seconds the feed itself asks for. headers: of the
        answer, whose Cache-Control and Retry-After are obeyed, the latter even beyond `at_most`.
    """
    silence = (now - newest).total_seconds() / 10 if newest is not None else 0.0
    wait = max(pace or 0.0, silence) / 2
    asked = max(ttl or 0.0, max_age(headers))
    chosen = min(max(wait, asked, every), max(at_most, every))
    return max(chosen, retry_after(headers, now=now) or 0.0)


def max_age(headers: Mapping[str, str]) -> float:
    """Seconds the answer says it stays fresh (Cache-Control max-age less Age); 0 where it does not."""
    for part in headers.get("cache-control", "").lower().split(","):
        name, _, value = part.strip().partition("=")
        value = value.strip('" ')
        if name == "max-age" and value.isdecimal():
            age = headers.get("age", "").strip()
            return max(float(value[:9]) - (float(age[:9]) if age.isdecimal() else 0.0), 0.0)
    return 0.0


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds of a Retry-After header, written as a number or as a date; None where there is none.

    Never less than zero, and never more than a day: a feed is not given up in silence.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return min(float(value[:9]), DAY)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return min(max((when - now).total_seconds(), 0.0), DAY)
