"""Nothing is lost and nothing stored twice, wherever listening crashes while the world goes on talking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listeners.listener import Batch, Budget, Listener, State
from listeners.reddit import reddit_listeners
from listeners.sources import AnySource, RedditSource, XSource
from listeners.x import x_listeners
from tests.listeners.crash import Script, fresh_ledger, lost_and_doubled, run
from tests.listeners.harness import kill_everywhere, listener_of
from tests.listeners.loopback import Reply
from tests.listeners.reddit_world import SECRETS, RedditWorld
from tests.listeners.x_world import TOKEN, XWorld

GROWTH = [23, 0, 4, 17, 0, 12]


class WrongCursor:
    """Saves the newest item as heard with the first page, as many pollers do."""

    def __init__(self, right: Listener) -> None:
        """right: the listener to spoil."""
        self.name, self.source, self.query = right.name, right.source, right.query
        self._right = right

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """As the right one, with every cursor already moved to the top."""
        for batch in self._right.poll(state, budget):
            yield replace(batch, next_state=_jumped(batch.next_state))


def _jumped(state: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: state[key] for key in ("v", "heard") if key in state}
    floor = state.get("top") or state.get("floor")
    return {**kept, **({"floor": floor, "heard": kept.get("heard", state.get("began"))} if floor else {})}


@contextmanager
def x_world() -> Iterator[tuple[XWorld, Callable[[], Listener]]]:
    """An X and a way to make listeners of it."""
    world = XWorld()
    with world.serve() as server:
        source = XSource(
            kind="x",
            name="x",
            base_url=server.url,
            search=False,
            queries=("larkspur",),
            own_answers=False,
            page_size=10,
            overlap_seconds=3,
        )
        yield world, lambda: next(x_listeners(source, (), token=TOKEN, clock=world.clock))


@contextmanager
def reddit_world() -> Iterator[tuple[RedditWorld, Callable[[], Listener]]]:
    """A Reddit of small pages and a way to make listeners of it."""
    world = RedditWorld()
    world.most = 10
    with world.serve() as server:
        source = RedditSource(
            kind="reddit",
            name="r",
            base_url=server.url,
            subreddits=("larkspur",),
            submissions=False,
            search=False,
            parents=False,
            overlap_seconds=3,
        )
        yield world, lambda: next(reddit_listeners(source, (), secrets=SECRETS, clock=world.clock))


WORLDS: dict[str, Callable[[], Any]] = {"x": x_world, "reddit": reddit_world}


@pytest.mark.parametrize("network", WORLDS)
def test_a_crash_at_every_point_loses_nothing(network: str, tmp_path: Path) -> None:
    """Each request and both sides of each commit, one after another, alone and with the event after it."""
    with WORLDS[network]() as (world, listener), fresh_ledger(tmp_path, world.clock) as ledger:
        calm = Script(list(GROWTH))
        run(world, listener, ledger, calm)
        assert lost_and_doubled(world, ledger) == (set(), 0)
    for point in range(1, calm.events + 1):
        for crashes in ({point}, {point, point + 1, point + 2})[: 1 + (point % 3 == 0)]:
            with WORLDS[network]() as (world, listener), fresh_ledger(tmp_path, world.clock) as ledger:
                run(world, listener, ledger, Script(list(GROWTH), crashes))
                assert lost_and_doubled(world, ledger) == (set(), 0), f"crashes at {sorted(crashes)}"


@pytest.mark.parametrize("network", WORLDS)
def test_a_cursor_saved_with_the_first_page_is_caught(network: str, tmp_path: Path) -> None:
    """The harness itself works: a wrong listener loses posts in it."""
    worst = 0
    for point in range(1, 16):
        with WORLDS[network]() as (world, listener), fresh_ledger(tmp_path, world.clock) as ledger:
            run(world, lambda right=listener: WrongCursor(right()), ledger, Script(list(GROWTH), {point}))
            worst = max(worst, len(lost_and_doubled(world, ledger)[0]))
    assert worst > 5


@pytest.mark.parametrize("network", WORLDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    growth=st.lists(st.integers(0, 35), min_size=1, max_size=12),
    crashes=st.sets(st.integers(1, 60), max_size=12),
    requests=st.integers(1, 5),
)
def test_any_interleaving_loses_nothing(
    network: str, tmp_path: Path, growth: list[int], crashes: set[int], requests: int
) -> None:
    """However much is said between any two requests, and however often the listener dies."""
    with WORLDS[network]() as (world, listener), fresh_ledger(tmp_path, world.clock) as ledger:
        run(world, listener, ledger, Script(growth, crashes), requests=requests)
        assert lost_and_doubled(world, ledger) == (set(), 0)


class Deleter:
    """Deletes the last items of a page once they are stored: the very items the cursor stands on."""

    def __init__(self, listener: Listener, world: RedditWorld, deletes: Iterator[int]) -> None:
        """deletes: how many to delete after each page."""
        self.name, self.source, self.query = listener.name, listener.source, listener.query
        self._listener, self._world, self._deletes = listener, world, deletes

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """As the listener; what runs after a yield runs after its commit."""
        for batch in self._listener.poll(state, budget):
            yield batch
            for post in batch.posts[len(batch.posts) - next(self._deletes, 0) :]:
                self._world.vanish(post.id)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    growth=st.lists(st.integers(0, 35), min_size=3, max_size=8),
    crashes=st.sets(st.integers(1, 40), max_size=6),
    deletes=st.lists(st.integers(0, 10), max_size=20),
)
def test_items_deleted_under_the_cursor_lose_no_others(
    tmp_path: Path, growth: list[int], crashes: set[int], deletes: list[int]
) -> None:
    """On Reddit a walk stands on an item; when it goes, the walk stands on the one before."""
    left = iter(deletes)
    with reddit_world() as (world, listener), fresh_ledger(tmp_path, world.clock) as ledger:
        run(world, lambda: Deleter(listener(), world, left), ledger, Script(growth, crashes))
        assert lost_and_doubled(world, ledger) == (set(), 0)


class Talking:
    """One of these worlds as `kill_everywhere` drives it: known by its texts, growing by uneven steps."""

    secrets: Mapping[str, str] = {"X_BEARER_TOKEN": TOKEN, **SECRETS}

    def __init__(self, world: XWorld | RedditWorld, source: AnySource) -> None:
        """source: leads to `world`, which says forty things to begin with."""
        self.source, self.clock = source, world.clock
        self.on_request: Callable[[], bool] = lambda: False
        self._world, self._steps = world, cycle(GROWTH)
        world.before = lambda asked: Reply(500) if self.on_request() else None
        world.grow(40)

    def listener(self) -> Listener:
        """A fresh one."""
        return listener_of(self)

    def grow(self) -> None:
        """As much as is said next, at times nothing."""
        self._world.grow(next(self._steps))

    def said(self) -> set[str]:
        """Every text; these worlds number them."""
        return {f"larkspur {number}" for number in range(len(self._world.said()))}

    def close(self) -> None:
        """Whoever serves the world closes it."""


@pytest.mark.parametrize("network", WORLDS)
def test_sigkill_loses_nothing(network: str, tmp_path: Path) -> None:
    """A process of its own and a real ledger, killed at every request and on both sides of every commit."""
    with WORLDS[network]() as (world, listener):
        killed, lost, twice = kill_everywhere(Talking(world, listener()._config), tmp_path / "ledger.db")
    assert (killed >= 12, lost, twice) == (True, set(), [])
