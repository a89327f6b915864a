"""How many people wait in each view, counted anew only when something happened or a while has passed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from earnest.ledger import Ledger, reach
from earnest.ledger.tally import ENOUGH, languages, tally
from earnest.ledger.views import QueueQuery

KEPT = timedelta(seconds=15)
"""Cases become due without anything happening to them."""
COSTLY = 0.03
"""Seconds a count may take before it is held for COSTLY_KEPT, whatever happens meanwhile."""
COSTLY_KEPT = timedelta(minutes=1)
LANGUAGES_KEPT = timedelta(minutes=5)
_MOST = 2000  # counts held at once, for all people and views


@dataclass(frozen=True, slots=True)
class _Held:
    """A count, up to which event and when it was made, and the seconds it took."""

    count: int
    last: int
    at: datetime
    took: float

    def holds(self, last: int, now: datetime) -> bool:
        """Whether it is still good enough to be shown."""
        if self.took > COSTLY:
            return now - self.at < COSTLY_KEPT
        return self.last == last and now - self.at < KEPT


class Counts:
    """Counts of one ledger's views, for every thread of the desk."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is counted before it is asked for."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._held: dict[tuple[object, ...], _Held] = {}
        self._languages: dict[object, tuple[datetime, list[str]]] = {}

    def of(self, views: Mapping[str, QueueQuery]) -> dict[str, str]:
        """Each view's count as words ("7", "99+"), by its address."""
        now, last = self._ledger.clock(), self._ledger.last_event()
        return {address: said(self._count(address, query, last, now)) for address, query in views.items()}

    def _count(self, address: str, query: QueueQuery, last: int, now: datetime) -> int:
        # The address says everything but who asks, which matters only to what is theirs.
        key = address, query.owner, query.calls, reach.queues()
        with self._lock:
            held = self._held.get(key)
        if held is None or not held.holds(last, now):
            began = time.perf_counter()
            count = tally(self._ledger.database, query)
            held = _Held(count, last, now, time.perf_counter() - began)
            with self._lock:
                if len(self._held) > _MOST:
                    self._held.clear()
                self._held[key] = held
        return held.count

    def languages(self) -> list[str]:
        """The languages people wait in, looked up every few minutes."""
        now, seen = self._ledger.clock(), reach.queues()
        with self._lock:
            held = self._languages.get(seen)
        if held is None or now - held[0] >= LANGUAGES_KEPT:
            held = now, languages(self._ledger.database)
            with self._lock:
                self._languages[seen] = held
        return held[1]


def said(count: int) -> str:
    """A count as it is shown."""
    return f"{ENOUGH - 1}+" if count >= ENOUGH else str(count)
