"""Many hosts are listened to at once, one host never by two, and nothing hangs on who answers first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Event, Lock

import pytest

from earnest.ledger import Ledger
from earnest.listening import PollReport, hosts_apart, listen
from earnest.pipeline import run_pass
from earnest.settings import DeskSettings
from listeners.listener import Batch, Budget, Listener, Refused, State
from listeners.registry import build
from listeners.sources import BlogsSource, RedditSource, XSource
from tests.clock import SetClock
from tests.ledger.world import WordAnalyzer, post
from tests.listeners.loopback import Asked, Loopback, Reply
from tests.new_ledger import new_ledger
from tests.pass_world import LARKSPUR, DictIndex, script, settings
from tests.scripted import Scripted

PATIENCE = 60.0  # seconds after which a test fails that would else hang; none waits for it
FEED = """<rss version="2.0"><channel><title>b</title><item><guid isPermaLink="false">{0}</guid>
<title>Larkspur {0}</title><pubDate>Mon, 03 Aug 2026 10:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture
def ledger(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """On SQLite only: which database it is teaches nothing here."""
    with Ledger.open(new_ledger(tmp_path / "ledger.db"), clock=clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """One to compare with."""
    with Ledger.open(new_ledger(tmp_path / "other.db"), clock=clock) as opened:
        yield opened


def feeds(*urls: str) -> list[Listener]:
    """Listeners of feeds on loopback."""
    source = BlogsSource.model_validate(
        {"kind": "blogs", "name": "blogs", "feeds": urls, "allow": ["127.0.0.0/8", "localhost", "::1/128"]}
    )
    return list(build(source, (), secrets={}))


def heard(ledger: Ledger, clock: SetClock, listeners: list[Listener], at_once: int = 8) -> list[PollReport]:
    """What one round of listening reports."""
    config = replace(settings(Path(), ledger.url), desk=DeskSettings(hosts_at_once=at_once))
    return listen(config, ledger, listeners=listeners, clock=clock)


def test_two_hosts_are_asked_at_the_same_time(ledger: Ledger, clock: SetClock) -> None:
    """Each answers only when both were asked."""
    both = Barrier(2)

    def answer(asked: Asked) -> Reply:
        both.wait(PATIENCE)
        return Reply(200, FEED.format(asked.path).encode())

    with Loopback(answer) as server:
        port = server.url.rpartition(":")[2]
        listeners = feeds(f"http://127.0.0.1:{port}/a", f"http://localhost:{port}/b")
        reports = heard(ledger, clock, listeners)
    assert [(report.intake.new, report.error) for report in reports] == [(1, ""), (1, "")]


def test_one_host_is_asked_by_one_at_a_time(ledger: Ledger, clock: SetClock) -> None:
    """In the order of the configuration; another host that is silent meanwhile holds nobody up."""
    guard, over = Lock(), Event()
    inside = most = 0
    paths: list[str] = []

    def answer(asked: Asked) -> Reply:
        nonlocal inside, most
        if asked.headers["host"].startswith("localhost"):
            over.wait(PATIENCE)
            return Reply(200, FEED.format("late").encode())
        with guard:
            inside += 1
            most = max(most, inside)
            paths.append(asked.path)
        if asked.path == "/4":
            over.set()
        with guard:
            inside -= 1
        return Reply(200, FEED.format(asked.path).encode())

    with Loopback(answer) as server:
        port = server.url.rpartition(":")[2]
        urls = [f"http://127.0.0.1:{port}/{number}" for number in range(5)]
        reports = heard(ledger, clock, feeds(f"http://localhost:{port}/silent", *urls))
    assert most == 1
    assert paths == ["/0", "/1", "/2", "/3", "/4"]
    assert [report.query.rpartition("/")[2] for report in reports] == ["silent", "0", "1", "2", "3", "4"]
    assert [report.intake.new for report in reports] == [1] * 6


class Waiting(Scripted):
    """Serves its pages only once `after` is set, and says so itself when the last one was stored."""

    def __init__(self, pages: Sequence[Batch], host: str, *, after: Event | None = None) -> None:
        super().__init__(pages, name=host, query=f"https://{host}", host=host)
        self.after = after
        self.stored = Event()

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """As its parent; a listener goes on only when what it yielded was committed."""
        if self.after is not None:
            assert self.after.wait(PATIENCE)
        yield from super().poll(state, budget)
        self.stored.set()


def waiting(*names: str) -> list[Waiting]:
    """Hosts that say something each, in three pages."""
    return [Waiting(_pages(name), name) for name in names]


def _pages(name: str) -> list[Batch]:
    said = f"Larkspur is down, says {name}"
    return [Batch({}, posts=(post(f"{name}/{page}", said, f"{name}-{page}"),)) for page in range(3)]


def listened(ledger: Ledger, clock: SetClock, listeners: list[Waiting], at_once: int) -> list[str]:
    """What the ledger tells after a pass, less what its own key hashed."""
    config = replace(settings(Path(), ledger.url), desk=DeskSettings(hosts_at_once=at_once))
    mixed = [*listeners, *script(2)]
    run_pass(config, ledger, WordAnalyzer(), DictIndex(), listeners=mixed, clock=clock)
    lines = ledger.canonical().splitlines()
    return [line for line in lines if "gone" not in line and '"": "tombstone"' not in line]


def turned_round(listeners: list[Waiting]) -> list[Waiting]:
    """The same, but each answers only when the one after it has been heard to its end."""
    for later, earlier in pairwise(listeners):
        later.after = earlier.stored
    return listeners


def test_who_answers_first_changes_nothing(ledger: Ledger, other: Ledger, clock: SetClock) -> None:
    """The ledger tells the same as after listening to one host after another."""

    names = "a.example", "b.example", "c.example"
    turned = listened(ledger, clock, turned_round(waiting(*names)), 8)
    assert turned == listened(other, clock, waiting(*names), 1)


def test_a_post_that_two_hosts_carry_is_the_first_ones(
    ledger: Ledger, other: Ledger, clock: SetClock
) -> None:
    """That is all that hangs on who answers first: whose post it is, and so whose it is counted as."""

    def world() -> list[Waiting]:
        return [Waiting(_pages("both.example"), host) for host in ("a.example", "b.example")]

    def but_whose(lines: list[str]) -> list[dict[str, object]]:
        told = [json.loads(line) for line in lines]
        whose = {"post": ("listener", "query"), "poll": ("posts",)}
        return [
            {key: value for key, value in one.items() if key not in whose.get(one[""], ())} for one in told
        ]

    def order(one: dict[str, object]) -> str:
        return json.dumps(one, sort_keys=True)

    turned, straight = (
        listened(ledger, clock, turned_round(world()), 8),
        listened(other, clock, world(), 1),
    )
    assert turned != straight
    assert sorted(but_whose(turned), key=order) == sorted(but_whose(straight), key=order)


def test_a_batch_is_stored_before_the_next_is_fetched(ledger: Ledger, clock: SetClock) -> None:
    """At any number of hosts at once: a listener waits for its own commit."""
    steps: list[tuple[str, str]] = []

    class Watched(Ledger):
        """Tells of its commits."""

        def commit_batch(self, listener: str, batch: Batch, **more: str) -> object:  # type: ignore[override]
            """As its parent."""
            took = super().commit_batch(listener, batch, **more)
            steps.append((listener, "stored"))
            return took

    class Telling(Waiting):
        """Tells of its fetches."""

        def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
            """As its parent."""
            for batch in super().poll(state, budget):
                steps.append((self.host, "fetched"))
                yield batch

    hosts = [f"{letter}.example" for letter in "abcd"]
    with Watched.open(ledger.url, clock=clock) as watched:
        heard(watched, clock, [Telling(_pages(host), host) for host in hosts])
    for host in hosts:
        assert [what for who, what in steps if who == host] == ["fetched", "stored"] * 3


def test_listeners_are_apart_by_host() -> None:
    """A host's own together, in order; who names no host shares one with its source."""
    urls = ("https://b.example/1", "https://a.example/2", "http://B.example:80/3")
    plain = [Scripted([], name="x", query="1"), Scripted([], name="y"), Scripted([], name="x", query="2")]
    apart = hosts_apart([*feeds(*urls), *plain])
    assert [[place for place, _ in own] for own in apart] == [[0, 2], [1], [3, 5], [4]]


def test_all_queries_of_a_source_with_keys_are_together() -> None:
    """They share a client, a limit and a budget."""
    x = XSource(kind="x", name="x", queries=("one", "two"), mentions_of=("1",))
    reddit = RedditSource(kind="reddit", name="reddit", subreddits=("larkspur", "BroadbandUK"), search=True)
    names = ("X_BEARER_TOKEN", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REDDIT_USER_AGENT")
    secrets = dict.fromkeys(names, "test")
    for source, queries in ((x, 5), (reddit, 5)):
        (together,) = hosts_apart(build(source, (LARKSPUR,), secrets=secrets))
        assert len(together) == queries


def test_what_is_waited_for_is_told(ledger: Ledger, clock: SetClock) -> None:
    """Posts, queries and the host that everybody may be waiting for."""
    told: list[tuple[int, str]] = []
    listen(
        settings(Path(), ledger.url),
        ledger,
        listeners=turned_round(waiting("b.example", "a.example")),
        clock=clock,
        progress=lambda _stage, done, what: told.append((done, what)),
    )
    assert told[0] == (0, "posts, 0 of 2 queries, asking b.example")
    assert told[1] == (0, "posts, 0 of 2 queries, asking b.example and 1 more")
    assert told[-1] == (6, "posts, 2 of 2 queries")


def test_a_refused_host_is_one_of_many(ledger: Ledger, clock: SetClock) -> None:
    """It is reported in its place; the others are heard."""
    bad = Waiting([Batch({})], "bad.example")
    bad.fails = {0: Refused("no")}
    one, other = waiting("a.example", "b.example")
    reports = heard(ledger, clock, [one, bad, other])
    assert [(report.intake.new, report.error_kind) for report in reports] == [
        (3, ""),
        (0, "Refused"),
        (3, ""),
    ]
