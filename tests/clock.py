"""A clock for tests: it stands until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


class SetClock:
    """Called, it tells the time; `move` moves it on."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: Any) -> datetime:
        """Move on by `timedelta(**by)`, and tell the new time."""
        self.now += timedelta(**by)
        return self.now
