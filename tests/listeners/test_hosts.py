"""Hosts by name, and one at a time for each where only the fetch finds out who is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from listeners.hosts import host_of, hosts_of
from listeners.http import Door
from listeners.sources import BlogsSource, BlueskySource, MastodonSource, RedditSource, XSource
from listeners.turns import HostTurns
from tests.listeners.feed_site import LOOPBACK, site

PATIENCE = 60.0  # seconds after which a test fails that would else hang


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Blog.Example/feed", "blog.example"),
        ("http://blog.example.:8080/feed?x=1", "blog.example"),
        ("wss://jetstream.example/xrpc", "jetstream.example"),
        ("http://[::1]:80/", "::1"),
        ("http://[::1/", ""),
        ("feed", ""),
    ],
)
def test_a_host_has_one_name(url: str, host: str) -> None:
    """Whatever the case and the port; what is no address has none."""
    assert host_of(url) == host


def test_every_kind_of_source_tells_its_hosts() -> None:
    """A source of feeds has many, the others one."""
    feeds = ("https://a.example/1", "https://b.example/2", "https://A.example/3")
    blogs = BlogsSource.model_validate({"kind": "blogs", "name": "b", "feeds": feeds})
    assert hosts_of(blogs) == ("a.example", "b.example")
    assert hosts_of(XSource(kind="x", name="x")) == ("api.twitter.com",)
    assert hosts_of(RedditSource(kind="reddit", name="r")) == ("oauth.reddit.com",)
    assert hosts_of(RedditSource(kind="reddit", name="r", base_url="http://127.0.0.1:1")) == ("127.0.0.1",)
    assert hosts_of(MastodonSource(kind="mastodon", name="m")) == ("mastodon.social",)
    assert hosts_of(BlueskySource(kind="bluesky", name="b")) == ("jetstream.us-east.bsky.network",)


def test_a_second_waits_for_its_turn() -> None:
    """Another host waits for nobody, and nothing is remembered when all have left."""
    turns, there, told = HostTurns(), Event(), []

    def second() -> None:
        there.set()
        with turns.turn("a.example"):
            told.append("second")

    with turns.turn("a.example"), turns.turn("b.example"):
        thread = Thread(target=second)
        thread.start()
        assert there.wait(PATIENCE)
        told.append("first")
    thread.join(PATIENCE)
    assert told == ["first", "second"]
    assert turns._turns == {}


def test_a_turn_is_given_back_whatever_happens() -> None:
    """A fetch that fails keeps nobody out."""
    turns = HostTurns()
    with pytest.raises(ZeroDivisionError), turns.turn("a.example"):
        raise ZeroDivisionError
    with turns.turn("a.example"):
        pass


class Told(HostTurns):
    """Tells whose turns were taken and how they nest; each is as if it had been waited for."""

    def __init__(self, waited: float = 0.0) -> None:
        super().__init__()
        self.told: list[str] = []
        self._waited = waited

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """As its parent, noted."""
        self.told.append(f"takes {host}")
        with super().turn(host):
            yield self._waited
        self.told.append(f"leaves {host}")


def test_the_door_takes_a_turn_at_every_host_it_is_led_to() -> None:
    """One after another: nobody who waits keeps others waiting."""
    turns = Told()
    with site() as web:
        feed = web.put("/feed", "here")
        moved = web.put("/moved", "", 301, Location=feed).replace("127.0.0.1", "localhost")
        allow = (*LOOPBACK, "::1/128", "localhost")
        assert Door(allow, turns=turns).fetch(moved).body == b"here"
    hosts = ("localhost", "127.0.0.1")
    assert turns.told == [f"{what} {host}" for host in hosts for what in ("takes", "leaves")]


def test_waiting_takes_nothing_of_the_deadline() -> None:
    """A host is not called slow because others were asked first."""
    with site() as web:
        door = Door(LOOPBACK, timeout=1e-9, turns=Told(waited=PATIENCE))
        assert door.fetch(web.put("/feed", "here")).body == b"here"
