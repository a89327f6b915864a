"""A harness that crashes listening at every point while the world goes on talking.

A run is a listener polled again and again, its batches committed to a real ledger, in a world that
grows at every request. A crash point is a request (the answer never comes), the moment before a
commit, or the moment after it. Whatever was said in the end must be in the ledger, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.tables import posts
from listeners.listener import Budget, Clock, Listener, ListenError
from tests.listeners.loopback import Asked, Reply
from tests.new_ledger import new_ledger


class World(Protocol):
    """What the harness needs of a loopback world."""

    before: Callable[[Asked], Reply | None]

    def clock(self) -> object:
        """The world's time."""

    def grow(self, number: int) -> None:
        """Say `number` new things, a little later than all before."""

    def said(self) -> set[str]:
        """The ids of everything that was said and is still there."""


class Crashed(Exception):
    """The process is gone."""


@dataclass
class Script:
    """What happens during a run.

    growth: how much is said before each request; afterwards the world is silent, so that a run ends.
    crashes: the numbers of the events (requests and both sides of every commit) to crash at.
    """

    growth: list[int]
    crashes: set[int] = field(default_factory=set)
    events: int = 0
    requests: int = 0
    dead: bool = False

    def event(self) -> bool:
        """Count one event; whether to crash at it."""
        self.events += 1
        return self.events in self.crashes


def run(
    world: World, listener: Callable[[], Listener], ledger: Ledger, script: Script, *, requests: int = 3
) -> None:
    """Poll until nothing new comes and the script is played out; a crash starts a fresh listener.

    requests: how many a poll may make, so that walks are also cut short without a crash.
    """

    def before(asked: Asked) -> Reply | None:
        if "token" in asked.path:
            return None
        world.grow(script.growth[script.requests] if script.requests < len(script.growth) else 0)
        script.requests += 1
        script.dead = script.event() or script.dead  # a client that asks once more gets no answer either
        return Reply(500) if script.dead else None

    world.before = before
    quiet = 0
    for _ in range(500):
        had = stored(ledger)
        try:
            _poll(listener(), ledger, script, requests)
        except (Crashed, ListenError):
            quiet = 0
            continue
        # Two silent polls in a row: the first may only have ended a walk that was cut short.
        quiet = quiet + 1 if script.requests >= len(script.growth) and stored(ledger) == had else 0
        if quiet == 3:
            return
    raise AssertionError("listening never came to rest")


def _poll(listener: Listener, ledger: Ledger, script: Script, requests: int) -> None:
    script.dead = False
    state = ledger.state(listener.name, listener.query)
    for batch in listener.poll(state, Budget(requests=requests)):
        if script.event():
            raise Crashed
        ledger.commit_batch(listener.name, batch, query=listener.query, source=listener.source)
        if script.event():
            raise Crashed


def stored(ledger: Ledger) -> list[str]:
    """The ids in the ledger, as often as they are there."""
    with ledger.engine.connect() as conn:
        return list(
            conn.scalars(select(posts.c.native_id).where(posts.c.context.is_(False)).order_by(posts.c.id))
        )


@contextmanager
def fresh_ledger(folder: Path, clock: Clock) -> Iterator[Ledger]:
    """A ledger of its own for one run."""
    for old in folder.glob("run.db*"):
        old.unlink()
    with Ledger.open(new_ledger(folder / "run.db"), clock=clock) as ledger:
        yield ledger


def lost_and_doubled(world: World, ledger: Ledger) -> tuple[set[str], int]:
    """What is missing from the ledger, and how many rows are there twice."""
    held = stored(ledger)
    return world.said() - set(held), len(held) - len(set(held))
