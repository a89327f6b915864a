"""Crashes a listener at every point of its polls while its timeline grows, and counts what is lost.

A world is anything with the members of `Timeline`. The harness polls it into a ledger in
miniature, dies where it is told, starts a fresh listener from the last committed state, and at the
end everything that was ever said must be stored exactly once.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

from listeners.brand import Brand
from listeners.listener import Batch, Budget, Listener, ListenError, State
from listeners.registry import build
from listeners.sources import AnySource
from tests.processes import FORKED


class Timeline(Protocol):
    """A loopback world, as the harness drives it."""

    on_request: Callable[[], bool]
    """Called ahead of every answer; True breaks that answer (a 500, a dropped connection)."""

    def listener(self) -> Listener:
        """A fresh listener, that knows nothing but what the state says."""
        ...

    def grow(self) -> None:
        """Something new is said, and where the network has edits, something is edited."""
        ...

    def said(self) -> set[str]:
        """Every text that must have been heard in the end; no two posts or revisions share one."""
        ...

    def close(self) -> None:
        """Stop serving."""
        ...


class Configured(Timeline, Protocol):
    """A world that a configured source leads to; it can also be polled from another process."""

    secrets: Mapping[str, str]

    @property
    def source(self) -> AnySource:
        """The configured source that leads here."""
        ...

    def clock(self) -> datetime:
        """The world's time."""
        ...


class Crash(BaseException):
    """The process ends here, as far as the listener can tell."""


@dataclass
class MiniLedger:
    """Posts by (source, id, revision), and the state that was committed with them."""

    rows: dict[tuple[str, str, str], str] = field(default_factory=dict)
    state: State = field(default_factory=dict)
    gaps: int = 0

    def commit(self, batch: Batch) -> int:
        """Posts and state together, the state through JSON; how many rows are new."""
        before = len(self.rows)
        for post in batch.posts:
            self.rows[post.source, post.id, post.revision] = post.text or post.title
        self.state = json.loads(json.dumps(batch.next_state, sort_keys=True))
        self.gaps += len(batch.gaps)
        return len(self.rows) - before


@dataclass
class Points:
    """Counts the points where a process can end; ends it at the `die_at`-th."""

    die_at: int | None = None
    passed: int = 0

    def reached(self) -> bool:
        """One more point; whether it is the last."""
        self.passed += 1
        return self.passed == self.die_at


def listener_of(world: Configured) -> Listener:
    """The one listener of a world's source, made as everywhere."""
    (ear,) = build(world.source, [Brand(name="Larkspur")], secrets=world.secrets, clock=world.clock)
    return ear


def run(
    world: Timeline,
    ledger: MiniLedger,
    points: Points,
    *,
    wrap: Callable[[Listener], Listener] = lambda ear: ear,
) -> int:
    """Poll once; how many rows were new. A crash or an error ends it where it stands."""

    def on_request() -> bool:
        return points.reached()

    grown = world.on_request
    world.on_request = lambda: (grown(), on_request())[1]
    new = 0
    try:
        for batch in wrap(world.listener()).poll(ledger.state, Budget(requests=500, seconds=60)):
            if points.reached():
                raise Crash
            new += ledger.commit(batch)
            if points.reached():
                raise Crash
    except (Crash, ListenError):
        pass
    finally:
        world.on_request = grown
    return new


def growing(world: Timeline, times: int) -> Callable[[], bool]:
    """An `on_request` under which the world grows ahead of each of so many answers."""
    left = [times]

    def on_request() -> bool:
        if left[0]:
            left[0] -= 1
            world.grow()
        return False

    return on_request


def settle(world: Timeline, ledger: MiniLedger, **options: Any) -> None:
    """Poll undisturbed until two polls bring nothing."""
    world.on_request = lambda: False
    quiet = 0
    for _ in range(50):
        quiet = quiet + 1 if run(world, ledger, Points(), **options) == 0 else 0
        if quiet == 2:
            return
    raise AssertionError("the listener never comes to rest")


def verdict(world: Timeline, ledger: MiniLedger) -> tuple[set[str], list[str]]:
    """(lost, stored twice): texts said and not stored, texts stored in more than one row."""
    times = Counter(ledger.rows.values())
    return world.said() - times.keys(), [text for text, count in times.items() if count > 1]


def crash_everywhere(
    make: Callable[[], Timeline], **options: Any
) -> Iterator[tuple[int, set[str], list[str]]]:
    """(point, lost, stored twice) for a crash at every point of two polls of a growing world."""
    point, passed = 0, 1
    while point < passed:
        point += 1
        world, ledger = make(), MiniLedger()
        world.grow()
        points = Points(die_at=point)
        world.on_request = growing(world, 3)
        for _ in range(2):
            run(world, ledger, points, **options)
            world.grow()
        passed = max(passed, points.passed)
        settle(world, ledger, **options)
        yield point, *verdict(world, ledger)


def crashes_lose_nothing(make: Callable[[], Timeline]) -> bool:
    """Whether a crash at any point neither loses nor doubles anything; the worlds are closed."""
    made: list[Timeline] = []

    def keep() -> Timeline:
        made.append(make())
        return made[-1]

    try:
        return all(not lost and not twice for _, lost, twice in crash_everywhere(keep))
    finally:
        for world in made:
            world.close()


@dataclass
class CursorFirst:
    """A listener made wrong on purpose: the poll's last cursor stands beside its first post."""

    inner: Listener

    def __post_init__(self) -> None:
        self.name, self.source, self.query = self.inner.name, self.inner.source, self.inner.query

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        batches = list(self.inner.poll(state, budget))
        for batch in batches:
            for start in range(0, max(len(batch.posts), 1), 2):
                some = batch.posts[start : start + 2]
                yield replace(batch, posts=some, next_state=batches[-1].next_state)


def poll_in_child(world: Configured, database: str, *, die_at: int | None = None) -> ForkServerProcess:
    """Start one poll of the world into a real ledger, in a process of its own.

    die_at: the commit point (before and after each batch) where it sends itself SIGKILL.
    """
    child = FORKED.Process(
        target=_child, args=(world.source, dict(world.secrets), database, die_at, world.clock()), daemon=True
    )
    child.start()
    return child


def ended(child: ForkServerProcess) -> int | None:
    """Wait for its end: 0, another exit code, or minus the signal that killed it."""
    child.join(60)
    return child.exitcode


def kill_everywhere(world: Configured, path: Path) -> tuple[int, set[str], list[str]]:
    """(killed, lost, stored twice): processes end one after another, each a point later than the last.

    First by their own hand at every commit point of a poll, then by ours at every request of one, until
    one lives to the end; the world grows ahead of the first answers to each. They share a real ledger,
    made at `path`. Two polls that nobody disturbs must then bring what is left.
    """
    killed = 0
    for place in ("commit", "request"):
        point = 0
        code: int | None = -signal.SIGKILL
        while code == -signal.SIGKILL:
            point += 1
            world.grow()
            code = _short_life(world, path, place, point)
            killed += code == -signal.SIGKILL
        assert code == 0, f"the process failed by itself: {code}"
    world.on_request = lambda: False
    for _ in range(2):
        assert ended(poll_in_child(world, f"sqlite:///{path}")) == 0
    with closing(sqlite3.connect(path)) as connection:
        times = Counter(text for (text,) in connection.execute("select text from post where not context"))
    return killed, world.said() - times.keys(), [text for text, count in times.items() if count > 1]


def _short_life(world: Configured, path: Path, place: str, point: int) -> int | None:
    """One process that is killed at the `point`-th commit point or request, if it comes that far."""
    started = threading.Event()
    requests, grown = Points(point if place == "request" else None), growing(world, 2)

    def on_request() -> bool:
        grown()
        if not requests.reached():
            return False
        started.wait()
        child.kill()
        return True

    world.on_request = on_request
    child = poll_in_child(world, f"sqlite:///{path}", die_at=point if place == "commit" else None)
    started.set()
    return ended(child)


def _child(
    source: AnySource, secrets: Mapping[str, str], database: str, die_at: int | None, now: datetime
) -> None:
    """The child's side of `poll_in_child`."""
    from earnest.ledger import Ledger

    (ear,) = build(source, [Brand(name="Larkspur")], secrets=secrets, clock=lambda: now)
    points = Points(die_at)

    def maybe_die() -> None:
        if points.reached():
            os.kill(os.getpid(), signal.SIGKILL)

    with Ledger.open(database, clock=lambda: now) as ledger:
        for batch in ear.poll(ledger.state(ear.name, ear.query), Budget(requests=500, seconds=60)):
            maybe_die()
            ledger.commit_batch(ear.name, batch, query=ear.query, source=ear.source)
            maybe_die()
