"""One at a time for each host, where nobody can know beforehand who will be asked.

Listening asks different hosts at the same time. Which host a listener asks is known before, but where
its redirects lead only the fetch finds out; so there it waits until nobody else asks that host.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Turn:
    """A host's lock, and how many hold it or wait for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    wanted: int = 0


class HostTurns:
    """One at a time for each host, whichever thread asks."""

    def __init__(self) -> None:
        """Nobody is asked yet."""
        self._guard = threading.Lock()
        self._turns: dict[str, _Turn] = {}

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """Hold the host's turn for the length of a with-block; yields the seconds waited for it."""
        began = time.monotonic()
        with self._guard:
            turn = self._turns.setdefault(host, _Turn())
            turn.wanted += 1
        try:
            with turn.lock:
                yield time.monotonic() - began
        finally:
            with self._guard:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[host]


LISTENING = HostTurns()
"""The turns of all listeners of this process."""
