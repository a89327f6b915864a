"""When to ask a feed again: as often as it changes, never more often than it wishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from statistics import median

from listeners import errors

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
    """Seconds of a Retry-After header; None where there is none that can be read.

    Never more than a day: a feed is not given up in silence.
    """
    wait = errors.retry_after(headers, now.timestamp)
    return None if wait is None else min(wait, DAY)
