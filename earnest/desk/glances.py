"""What is costly to put together and may be a minute old: how the sources are covered, the lead's figures.

One who asks makes it anew, whoever else asks meanwhile gets the last one: nobody waits twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from fastapi import Request

from earnest import coverage as covering
from earnest import overview as leading
from earnest.coverage import Coverage, SourceCoverage
from earnest.desk import identity
from earnest.ledger import reach
from earnest.ledger.rule_views import FuseView
from earnest.overview import Overview
from listeners.listener import Clock

FRESH = timedelta(minutes=1)
DAYS = 14

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """Things by key, each made anew when it is older than `FRESH`."""

    def __init__(self, clock: Clock) -> None:
        """Hold nothing yet."""
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[Hashable, tuple[datetime, Thing]] = {}

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """The thing of this key; one that is being made anew is given as it was."""
        if (fresh := self._fresh(key)) is not None:
            return fresh
        if not self._lock.acquire(blocking=key not in self._held):
            return self._held[key][1]
        try:
            if (fresh := self._fresh(key)) is not None:
                return fresh
            thing = make()
            self._held[key] = self._clock(), thing
            return thing
        finally:
            self._lock.release()

    def _fresh(self, key: Hashable) -> Thing | None:
        at, thing = self._held.get(key, (None, None))
        return thing if at is not None and timedelta(0) <= self._clock() - at < FRESH else None


@dataclass(frozen=True, slots=True)
class Alarms:
    """What whoever leads must know at once: rules the fuse stopped, sources that may be deaf."""

    stopped: tuple[FuseView, ...] = ()
    deaf: tuple[SourceCoverage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.stopped or self.deaf)


class Glances:
    """What an application keeps for a minute."""

    def __init__(self, clock: Clock) -> None:
        """Hold nothing yet."""
        self.coverage: Kept[Coverage] = Kept(clock)
        self.overview: Kept[Overview] = Kept(clock)


def look(request: Request, days: int = DAYS) -> Coverage:
    """How the desk's sources are covered now."""
    state = request.app.state
    return covering.coverage(state.settings, state.ledger, days=days, clock=state.clock)


def glance(request: Request) -> Coverage:
    """The same, at most a minute old: pages that only point here should not wait for it."""
    glances: Glances = request.app.state.glances
    return glances.coverage.get(None, lambda: look(request))


def overview(request: Request) -> Overview:
    """The figures of the queues that the visitor may see, at most a minute old."""
    glances: Glances = request.app.state.glances
    return glances.overview.get(
        reach.queues(), lambda: leading.overview(request.app.state.ledger, glance(request))
    )


def alarms(request: Request) -> Alarms:
    """For who leads the desk, or where nobody signs in; others are left to their work."""
    if identity.role_of(request) not in {"lead", "admin", identity.ANYBODY}:
        return Alarms()
    return Alarms(tuple(request.app.state.ledger.blown_fuses()), glance(request).deaf)
