"""The door: what it fetches, where it stops, and which of our errors says so."""

from __future__ import annotations

import gzip
import inspect
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import httpcore
import httpx
import pytest

from listeners.http import FAILURES, Door, as_listen_error
from listeners.listener import ListenError, Malformed, Refused, Retry
from tests.listeners.feed_site import LOOPBACK, Site, bomb, drip, raw_server, site


@pytest.fixture
def web() -> Iterator[Site]:
    """A web server on loopback."""
    with site() as here:
        yield here


@pytest.fixture
def door() -> Door:
    """A door that may go to loopback."""
    return Door(LOOPBACK, timeout=5)


def test_brings_the_answer_whole(web: Site, door: Door) -> None:
    """Status, headers in any case and the body arrive as sent."""
    answer = door.fetch(web.put("/feed", "hello", 200, X_Note="n"))
    assert (answer.status, answer.body, answer.headers["x-NOTE"]) == (200, b"hello", "n")


def test_an_error_status_is_an_answer(web: Site, door: Door) -> None:
    """What a 410 means is the listener's business, not the door's."""
    assert door.fetch(web.put("/gone", "bye", 410)).status == 410


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello " * 1000, mtime=0)),
        ("gzip", gzip.compress(b"hello " * 500, mtime=0) + gzip.compress(b"hello " * 500, mtime=0)),
        ("gzip", gzip.compress(b"hello " * 1000, mtime=0) + b"\0\0\0\0"),
        ("deflate", zlib.compress(b"hello " * 1000)),
        ("deflate", zlib.compress(b"hello " * 1000, wbits=-15)),
        ("identity", b"hello " * 1000),
    ],
)
def test_unpacks_what_it_asked_for(web: Site, door: Door, encoding: str, packed: bytes) -> None:
    """gzip of one or more members, padded or not, and both sorts of deflate."""
    assert door.fetch(web.put("/f", packed, Content_Encoding=encoding)).body == b"hello " * 1000


def test_large_packed_bodies_arrive_to_the_last_byte(web: Site, door: Door) -> None:
    """Unpacking in pieces loses nothing at their seams."""
    body = b"0123456789abcdef" * 500_000
    assert door.fetch(web.put("/f", gzip.compress(body, mtime=0), Content_Encoding="gzip")).body == body


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (gzip.compress(b"hello " * 1000, mtime=0)[:-20], "gzip", Retry),
        (b"\x1f\x8bnonsense that is no gzip at all", "gzip", Malformed),
        (b"...", "br", Malformed),
    ],
)
def test_broken_packing_is_one_of_our_errors(
    web: Site, door: Door, body: bytes, encoding: str, error: type[ListenError]
) -> None:
    """Cut short may be whole next time; nonsense and packing nobody asked for are not."""
    with pytest.raises(error):
        door.fetch(web.put("/f", body, Content_Encoding=encoding))


def test_permanent_moves_are_told_apart_from_temporary_ones(web: Site, door: Door) -> None:
    """The permanent address moves along 301 and 308 and stays where a 302 begins."""
    end = web.put("/end", "x")
    there = web.put("/there", status=302, Location="/end")
    web.put("/second", status=308, Location=there)
    start = web.put("/start", status=301, Location="second")
    answer = door.fetch(start)
    assert (answer.url, answer.permanent_url) == (end, there)


def test_a_permanent_move_behind_a_temporary_one_moves_nothing(web: Site, door: Door) -> None:
    """302 then 301: who knows where the 302 leads tomorrow."""
    web.put("/end", "x")
    web.put("/b", status=301, Location="/end")
    start = web.put("/a", status=302, Location="/b")
    assert door.fetch(start).permanent_url == start


def test_circles_end(web: Site, door: Door) -> None:
    """A redirect to itself is followed a few times only."""
    with pytest.raises(Malformed, match="redirects more than"):
        door.fetch(web.put("/a", status=301, Location="/a"))


@pytest.mark.parametrize(
    "location", ["file:///etc/hostname", "gopher://x/", "http://[", "https:///x", "http://u:p@h/"]
)
def test_redirects_lead_to_web_addresses_only(web: Site, door: Door, location: str) -> None:
    """No file, no other protocol, no credentials."""
    with pytest.raises(Refused):
        door.fetch(web.put("/a", status=302, Location=location))


def test_headers_are_not_carried_to_another_host(web: Site) -> None:
    """What was meant for one host (a token, an ETag) stays there."""
    web.put("/end", "x")
    port = web.url.rpartition(":")[2]
    start = web.put("/a", status=302, Location=f"http://other.example:{port}/end")
    door = Door([*LOOPBACK, "other.example"], resolver=lambda host, port: ["127.0.0.1"], timeout=5)
    door.fetch(start, headers={"Authorization": "Bearer t", "If-None-Match": '"1"'})
    _, sent = web.requests[-1]
    assert sent["Authorization"] is None
    assert sent["If-None-Match"] is None


def test_a_body_over_the_cap_is_refused_before_it_is_read(web: Site) -> None:
    """A stated length is enough to know."""
    with pytest.raises(Malformed, match=r"at most 0\.1 MiB"):
        Door(LOOPBACK, max_raw=100_000).fetch(web.put("/big", b"x" * 200_000))


def test_a_body_of_unstated_length_ends_at_the_cap() -> None:
    """An endless body is cut at the cap, not at the deadline."""

    def endless(stop: threading.Event) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not stop.is_set():
            yield b"x" * 65536

    with raw_server(endless) as url, pytest.raises(Malformed, match="at most"):
        Door(LOOPBACK, max_raw=1_000_000, timeout=20).fetch(url)


def test_a_gzip_bomb_never_unfolds(web: Site) -> None:
    """200 MB of blanks in 200 kB: refused at the cap, with memory near the cap."""
    url = web.put("/bomb", bomb(200), Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="decompressed"):
            Door(LOOPBACK, max_body=4_000_000).fetch(url)
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100,
    ],
    ids=["header", "body", "hints"],
)
def test_dripping_ends_at_the_deadline(text: bytes) -> None:
    """A byte now and then keeps no fetch alive, wherever it drips."""
    with raw_server(lambda stop: drip(stop, text, 0.02)) as url:
        began = time.monotonic()
        with pytest.raises(Retry, match="deadline"):
            Door(LOOPBACK, timeout=0.5).fetch(url)
        assert time.monotonic() - began < 1.5


def test_a_chain_of_slow_redirects_shares_one_deadline() -> None:
    """Each redirect does not get a new allowance."""

    def again(stop: threading.Event) -> Iterator[bytes]:
        stop.wait(0.2)
        yield b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    with raw_server(again) as url:
        began = time.monotonic()
        with pytest.raises(Retry):
            Door(LOOPBACK, timeout=0.5).fetch(url)
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["nothing", "not http", "cut short", "bad chunk"],
)
def test_what_is_no_whole_answer_may_come_next_time(text: bytes) -> None:
    """A connection that breaks, in any way, is asked again later."""
    with raw_server(lambda stop: [text]) as url, pytest.raises(Retry):
        Door(LOOPBACK, timeout=5).fetch(url)


def test_a_closed_port_may_open_next_time(web: Site) -> None:
    """No server is Retry, not a traceback."""
    with raw_server(lambda stop: []) as url:
        pass
    with pytest.raises(Retry):
        Door(LOOPBACK, timeout=5).fetch(url)


def test_tls_to_a_plain_server_is_one_of_our_errors(web: Site, door: Door) -> None:
    """A failed handshake has a place in the tree too."""
    with pytest.raises(ListenError):
        door.fetch(web.url.replace("http:", "https:"))


def _exceptions(module: object) -> list[type[Exception]]:
    found = [value for _, value in inspect.getmembers(module, inspect.isclass)]
    return [each for each in found if issubclass(each, Exception) and not issubclass(each, Warning)]


@pytest.mark.parametrize(
    "raised", _exceptions(httpx) + _exceptions(httpcore), ids=lambda c: f"{c.__module__}.{c.__name__}"
)
def test_every_error_of_the_http_libraries_has_a_place(raised: type[Exception]) -> None:
    """Each class is among those a fetch catches, and maps to a leaf of our tree."""
    if raised is httpx.CookieConflict:
        pytest.skip("raised by looking up cookies by name only; the door keeps none")
    assert issubclass(raised, FAILURES)
    error = raised.__new__(raised)
    mapped = as_listen_error(error, "https://feeds.example/")
    assert type(mapped) in {Retry, Refused, Malformed}
