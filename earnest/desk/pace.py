"""How often somebody may ask: a bucket for each, that refills over a minute.

Written here in a few lines because what there is to install keeps its own clock and a thread, and
shares its counts over a server, which one desk does not need.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from listeners.listener import Clock

KEPT = 10_000
"""Buckets at most; those that are full again are forgotten first, they say nothing."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: datetime
    most: int
    told: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What is asked for too soon. seconds: when it may be asked again; first: not said before."""

    seconds: int
    first: bool


class Pace:
    """Counts for one desk process; safe for its threads."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing counted."""
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def ask(self, what: str, who: str, most: int) -> Held | None:
        """Count one; None where it may go on, at most `most` at once and `most` in every minute."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get((what, who))
            if bucket is None:
                self._make_room(now)
                bucket = self._buckets[what, who] = _Bucket(most, now, most)
            _refill(bucket, now)
            if bucket.level >= 1:
                bucket.level -= 1
                return None
            held = Held(max(1, round((1 - bucket.level) * 60 / most + 0.5)), first=not bucket.told)
            bucket.told = True
            return held

    def _make_room(self, now: datetime) -> None:
        if len(self._buckets) < KEPT:
            return
        for key, bucket in list(self._buckets.items()):
            _refill(bucket, now)
            if bucket.level >= bucket.most:
                del self._buckets[key]
        while len(self._buckets) >= KEPT:  # every one is in use: the oldest begins anew
            del self._buckets[next(iter(self._buckets))]


def _refill(bucket: _Bucket, now: datetime) -> None:
    passed = max(0.0, (now - bucket.at).total_seconds())
    bucket.level = min(float(bucket.most), bucket.level + passed * bucket.most / 60)
    bucket.at = now
    if bucket.level >= bucket.most / 2:
        bucket.told = False
