"""How many people wait in each view, counted anew only when something happened or a while has passed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from earnest.ledger import Ledger, reach
from earnest.ledger.tally import ENOUGH, languages, tally
from earnest.ledger.views import QueueQuery

KEPT = timedelta(seconds=15)
"""Cases become due without anything happening to them."""
LANGUAGES_KEPT = timedelta(minutes=1)
_MOST = 2000  # counts held at once, for all people and views


class Counts:
    """Counts of one ledger's views, for every thread of the desk."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is counted before it is asked for."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._held: dict[tuple[str, object], tuple[int, datetime, int]] = {}
        self._languages: dict[object, tuple[datetime, list[str]]] = {}

    def of(self, views: Mapping[str, QueueQuery], who: str) -> dict[str, str]:
        """Each view's count as words ("7", "99+"). views: by address; who: whose "mine" is meant."""
        now, last, seen = self._ledger.clock(), self._ledger.last_event(), reach.queues()
        with self._lock:
            known = {
                address: held[2]
                for address in views
                if (held := self._held.get((address, (who, seen)))) is not None
                and held[0] == last
                and now - held[1] < KEPT
            }
        missing = [address for address in views if address not in known]
        if missing:
            counted = dict(
                zip(
                    missing,
                    tally(self._ledger.database, [views[address] for address in missing]),
                    strict=True,
                )
            )
            known |= counted
            with self._lock:
                if len(self._held) > _MOST:
                    self._held.clear()
                for address, count in counted.items():
                    self._held[address, (who, seen)] = last, now, count
        return {address: said(known[address]) for address in views}

    def languages(self) -> list[str]:
        """The languages people wait in, looked up once a minute."""
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
