"""Feeds lose nothing and store nothing twice, wherever the process dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listeners.listener import Listener
from listeners.sources import BlogsSource
from tests.listeners.feed_site import LOOPBACK
from tests.listeners.feed_world import START, Item, atom, json_feed, rss
from tests.listeners.harness import (
    CursorFirst,
    MiniLedger,
    Points,
    crash_everywhere,
    growing,
    kill_everywhere,
    listener_of,
    run,
    settle,
    verdict,
)
from tests.listeners.loopback import Asked, Loopback, Reply


class Blog:
    """A blog that is written while it is read: its feed holds the newest entries, with an ETag.

    Every third entry has no date, every fourth no id, and each time it grows an older one is edited.
    """

    secrets: Mapping[str, str] = {}

    def __init__(self, write: Callable[[list[Item]], str]) -> None:
        self.write = write
        self.entries: list[Item] = []
        self.heard_texts: set[str] = set()
        self.on_request: Callable[[], bool] = lambda: False
        self._edits = 0
        self._server = Loopback(self._answer)
        self.source = BlogsSource.model_validate(
            {"kind": "blogs", "name": "b", "feeds": [self._server.url + "/feed"], "allow": LOOPBACK}
        )

    def clock(self) -> datetime:
        """Well after every entry."""
        return START + timedelta(days=9)

    def listener(self) -> Listener:
        """A fresh listener, that knows nothing but what the state says."""
        return listener_of(self)

    def grow(self) -> None:
        """Three new entries, and the edit of an older one."""
        for _ in range(3):
            n = len(self.entries)
            when = None if n % 3 == 0 else START + timedelta(hours=n)
            guid = "" if n % 4 == 0 else f"urn:{n}"
            self.entries.append(Item(guid, f"Title {n}", f"Words {n}", f"https://b.example/{n}", when))
        self._edits += 1
        old = self._edits % len(self.entries)
        self.entries[old] = replace(self.entries[old], text=f"Words {old} in version {self._edits}")

    def said(self) -> set[str]:
        """The words as they stand; an edit that was overwritten before anyone asked is not owed."""
        return {item.text for item in self.entries}

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, asked: Asked) -> Reply:
        if self.on_request():
            return Reply(500)
        body = self.write(self.entries).encode()
        etag = f'"{len(self.entries)}-{self._edits}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(304)
        return Reply(200, body, {"etag": etag, "content-type": "application/xml"})


@pytest.fixture
def blogs() -> Iterator[Callable[[Callable[[list[Item]], str]], Blog]]:
    """Makes blogs and closes them."""
    made: list[Blog] = []

    def make(write: Callable[[list[Item]], str] = rss) -> Blog:
        made.append(Blog(write))
        return made[-1]

    yield make
    for blog in made:
        blog.close()


@contextmanager
def parts_of(size: int) -> Iterator[None]:
    """Feeds come in parts of so many entries, so that one poll has many batches."""
    from listeners import feeds

    before = feeds.PART, feeds._LARGE
    feeds.PART, feeds._LARGE = size, 0
    try:
        yield
    finally:
        feeds.PART, feeds._LARGE = before


@pytest.mark.parametrize("write", [rss, atom, json_feed])
@pytest.mark.parametrize("size", [500, 4])
def test_a_crash_at_any_point_loses_nothing(
    blogs: Callable[[Callable[[list[Item]], str]], Blog], write: Callable[[list[Item]], str], size: int
) -> None:
    """Every request and both sides of every commit, of feeds in one part and in many."""
    with parts_of(size):
        points = 0
        for point, lost, twice in crash_everywhere(lambda: blogs(write)):
            assert (point, lost, twice) == (point, set(), [])
            points += 1
    assert points >= 6


def test_a_cursor_saved_too_early_is_caught(blogs: Callable[[], Blog]) -> None:
    """The harness sees what it exists to see."""
    results = list(crash_everywhere(blogs, wrap=CursorFirst))
    assert any(lost for _, lost, _ in results)


STEPS = st.lists(st.one_of(st.just("grow"), st.integers(1, 6), st.none()), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, size=st.sampled_from([500, 3]), bursts=st.integers(0, 4))
def test_any_interleaving_of_growth_polls_and_crashes_loses_nothing(
    blogs: Callable[[], Blog], steps: list[str | int | None], size: int, bursts: int
) -> None:
    """A number is a poll that dies at that point, None one that does not."""
    blog, ledger = blogs(), MiniLedger()
    blog.grow()
    with parts_of(size):
        blog.on_request = growing(blog, bursts)
        for step in steps:
            if isinstance(step, str):
                blog.grow()
            else:
                run(blog, ledger, Points(step))
        settle(blog, ledger)
    assert verdict(blog, ledger) == (set(), [])


def test_sigkill_loses_nothing(blogs: Callable[[], Blog], tmp_path: Path) -> None:
    """A process of its own and a real ledger, killed at every request and on both sides of a commit."""
    killed, lost, twice = kill_everywhere(blogs(), tmp_path / "ledger.db")
    assert (killed >= 3, lost, twice) == (True, set(), [])
