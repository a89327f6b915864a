"""The one door to hosts that others name: feeds, pages, instances.

A fetch resolves a name once, judges every address (listeners/addresses.py), connects to exactly
what was judged, does the same again for each redirect, and keeps two caps and one deadline over
everything from the name lookup to the last byte. Whatever goes wrong is one of our own errors.
"""

from __future__ import annotations

import io
import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import urljoin

import httpcore
import httpx

from listeners.addresses import Guard, Resolver, system_resolver
from listeners.feed_schedule import retry_after
from listeners.listener import Gone, ListenError, Malformed, Refused, Retry
from listeners.turns import HostTurns

MIB = 1024 * 1024
USER_AGENT = "Earnest (listening desk; reads public feeds)"
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
FAILURES = (
    httpcore.ConnectionNotAvailable,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    OSError,  # sockets and TLS
)
"""Every class a fetch may meet; each has its place in `as_listen_error`."""
_ENDED = "the deadline of the fetch has passed"


class NotThere(Retry):
    """404: perhaps a slip in the address, perhaps a site in the middle of a move."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered after all redirects.

    url: the address that answered. headers: keys match in any case. body: decompressed, whole.
    permanent_url: where the asked address lives now: moved only along an unbroken chain of
        301/308 from its beginning; the asked address itself where nothing moved for good.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str


class Door:
    """Fetches over http and https; safe to use from several threads at once.

    allow, resolver: see `Guard`. timeout: seconds for one whole fetch, redirects included.
    max_raw, max_body: bytes at most as sent and after decompression, of each answer.
    turns: shared with other doors, that no host is asked by two at once; waiting costs no timeout.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        resolver: Resolver = system_resolver,
        timeout: float = 30.0,
        max_raw: int = 64 * MIB,
        max_body: int = 64 * MIB,
        max_redirects: int = 8,
        user_agent: str = USER_AGENT,
        turns: HostTurns | None = None,
    ) -> None:
        """Keep the limits; nothing is opened before the first fetch."""
        self._guard = Guard(allow, resolver=resolver)
        self._timeout = timeout
        self._max_raw = max_raw
        self._max_body = max_body
        self._max_redirects = max_redirects
        self._user_agent = user_agent
        self._turns = turns

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """GET `url`, following redirects; any status the host gives is an Answer, errors too.

        headers: sent along, but not to another host that a redirect leads to. Raises Refused (an
        address not to be spoken to), Retry (network, name, deadline) or Malformed (not HTTP, over
        a cap, a redirect that leads nowhere).
        """
        deadline = _Deadline(self._timeout)
        here, permanent, unbroken = url, url, True
        sent = httpx.Headers(headers)
        for _ in range(self._max_redirects + 1):
            target = _parse(here)
            with nullcontext(0.0) if self._turns is None else self._turns.turn(target.host) as waited:
                deadline.end += waited
                status, got, body = self._ask(target, sent, deadline)
            if status not in _REDIRECTS:
                return Answer(status, here, got, body, permanent)
            if not got.get("location"):
                raise Malformed(f"{_shown(target)} redirects without saying where to; check the address")
            there = _join(here, got["location"].strip())
            if _parse(there).host != target.host:
                sent = httpx.Headers()
            unbroken = unbroken and status in _PERMANENT
            permanent = there if unbroken else permanent
            here = there
        raise Malformed(f"{_shown(_parse(url))} redirects more than {self._max_redirects} times")

    def send(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Answer:
        """POST `body` to `url`; the answer as it is, a redirect too: what is sent goes nowhere else.

        Plain http leads only to what the allow-list names. Raises as `fetch` does.
        """
        target, deadline = _parse(url), _Deadline(self._timeout)
        status, got, said = self._ask(target, httpx.Headers(headers), deadline, body)
        return Answer(status, url, got, said, url)

    def _ask(
        self, url: httpx.URL, headers: httpx.Headers, deadline: _Deadline, content: bytes | None = None
    ) -> tuple[int, httpx.Headers, bytes]:
        """One request (POST where there is `content`), no redirects: status, headers, decompressed body."""
        port = url.port or (443 if url.scheme == "https" else 80)
        listed = content is not None and url.scheme == "http"
        addresses = self._guard.addresses(
            url.scheme, url.host, port, timeout=deadline.left(), only_listed=listed
        )
        tls = _tls() if url.scheme == "https" else None
        method = "GET" if content is None else "POST"
        asked = {"user-agent": self._user_agent, "accept-encoding": "gzip, deflate"}
        request = httpx.Request(method, url, headers=asked, content=content)
        request.headers.update(headers)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=tls, network_backend=_Checked(addresses, deadline), max_connections=1
                ) as pool,
                pool.stream(
                    method, _for_httpcore(url), headers=request.headers.raw, content=content
                ) as response,
            ):
                got = httpx.Headers(response.headers)
                # A redirect's own text is of no use; not reading it saves a hostile host's tricks.
                if response.status in _REDIRECTS:
                    return response.status, got, b""
                body = self._read(response, got, _shown(url))
                return response.status, got, body
        except FAILURES as error:
            raise as_listen_error(error, _shown(url)) from error

    def _read(self, response: httpcore.Response, headers: httpx.Headers, shown: str) -> bytes:
        """The body within both caps, decompressed piece by piece so that a bomb never unfolds."""
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_raw:
            raise Malformed(_too_large(shown, int(length), self._max_raw))
        inflate = _decoder(headers.get("content-encoding", ""), shown)
        body = io.BytesIO()  # hands its buffer out without a second copy
        raw = 0
        for chunk in _stream(response):
            raw += len(chunk)
            if raw > self._max_raw:
                raise Malformed(_too_large(shown, raw, self._max_raw))
            for piece in inflate.feed(chunk):
                body.write(piece)
                if body.tell() > self._max_body:
                    raise Malformed(_too_large(shown, body.tell(), self._max_body, "decompressed "))
        inflate.end()
        return body.getvalue()


class _Deadline:
    """A moment on the monotonic clock, shared by every step of one fetch."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, always above zero. Raises Retry when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise Retry(f"{_ENDED}; asking again later")
        return left


class _Checked(httpcore.NetworkBackend):
    """Connects to the addresses that were judged, whatever the name would resolve to by now."""

    def __init__(self, addresses: list[str], deadline: _Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the judged addresses in turn, sharing what is left of the time."""
        for place, address in enumerate(self._addresses, start=1):
            share = self._deadline.left() / (len(self._addresses) - place + 1)
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(self._addresses):
                    raise
                continue
            return _Timed(stream, self._deadline)
        raise httpcore.ConnectError("the host has no address")


class _Timed(httpcore.NetworkStream):
    """A stream whose every read and write ends with the fetch's one deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _Timed(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Plain:
    """No compression."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def end(self) -> None:
        """Nothing is owed."""


class _Inflate:
    """gzip or deflate in pieces of at most 1 MiB."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # finds gzip or zlib by its header
        self._began = False
        self._whole = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk or not self._whole:
            if self._zlib.eof:  # gzip may hold several members, one after the other
                self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            try:
                piece = self._zlib.decompress(chunk, MIB)
            except zlib.error as error:
                if self._whole and self._began:
                    return  # after a complete member: padding, which everybody ignores
                if self._began:
                    raise Malformed(f"{self._shown}: the compressed answer is broken") from error
                self._zlib = zlib.decompressobj(wbits=-zlib.MAX_WBITS)  # deflate without its header
                self._began, self._whole = True, False
                continue
            self._began = True
            if piece:
                yield piece
            self._whole = self._zlib.eof
            chunk = self._zlib.unused_data if self._whole else self._zlib.unconsumed_tail
            if not chunk and len(piece) < MIB:  # a full piece may have more behind it
                return

    def end(self) -> None:
        """Refuse an answer that stops in the middle: the rest may come next time."""
        if self._began and not self._whole:
            raise Retry(f"{self._shown}: the compressed answer stops in the middle; asking again later")


def _decoder(encoding: str, shown: str) -> _Plain | _Inflate:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip", "deflate"):
        return _Inflate(shown)
    raise Malformed(f"{shown}: the answer is packed as {name[:40]!r}, which was not asked for")


def _stream(response: httpcore.Response) -> Iterator[bytes]:
    assert isinstance(response.stream, Iterable)
    yield from response.stream


@cache
def _tls() -> ssl.SSLContext:
    """One for all doors: loading the authorities takes longer than most fetches."""
    return httpx.create_ssl_context()


def _parse(url: str) -> httpx.URL:
    """Read an address that a person or a host gave. Raises Refused where it cannot be asked."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:  # ValueError: a port or a name beyond its bounds
        raise Refused(f"{url[:200]!r} is not a web address; write it as https://host/path") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Refused(f"{url[:200]!r} is not an http or https address; write it as https://host/path")
    if parsed.userinfo:
        raise Refused(f"{_shown(parsed)} carries a user name; take it out, it would end up in logs")
    return parsed


def _join(base: str, location: str) -> str:
    """The redirect's address, which may be relative. Raises Refused where it is not an address."""
    try:
        return urljoin(base, location)
    except ValueError as error:  # such as an unclosed [ of an IPv6 address
        raise Refused(f"a redirect leads to {location[:200]!r}, which is not a web address") from error


def _for_httpcore(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _shown(url: httpx.URL) -> str:
    """The address for messages: without user name and query, where tokens live."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"


def _too_large(shown: str, size: int, cap: int, how: str = "") -> str:
    return f"{shown} sends {size / MIB:.1f} MiB {how}and more; at most {cap / MIB:.1f} MiB are read"


def expect_ok(answer: Answer, *, now: datetime) -> None:
    """Turn a status that brings nothing into the error that says what to do about it.

    now: for a Retry-After that names a moment. A 404 is NotThere, and asked again in an hour.
    """
    status, url = answer.status, answer.url
    wait = retry_after(answer.headers, now=now)
    if 200 <= status < 300:
        return
    if status == 410:
        raise Gone(f"{url} is gone for good (410); take it out of sources.yaml or name its successor")
    if status == 404:
        # A site in the middle of a move answers 404 too, so it is asked again, and told each time.
        raise NotThere(f"{url} is not there (404); check the address", after=wait or 3600.0)
    if status in (408, 425, 429) or status >= 500:
        raise Retry(f"{url} is busy or limiting ({status}); asking again later", after=wait)
    if status == 304:
        raise Retry(f"{url} says nothing changed (304) without being asked so; asking again later")
    raise Refused(f"{url} refuses to answer ({status}); open it in a browser to see what it wants")


def as_listen_error(error: Exception, shown: str) -> ListenError:
    """Map whatever httpx, httpcore, ssl or a socket raised to one of our errors.

    shown: the address as it may be told. Every class these libraries can raise has a place here.
    """
    if isinstance(error, ListenError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Refused(f"{shown}: its certificate is not valid; open it in a browser to see why")
    if isinstance(error, (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError)):
        return Retry(f"{shown}: {_ENDED}; asking again later")
    if isinstance(error, (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return Refused(f"{shown} is not a web address; write it as https://host/path")
    if isinstance(error, (httpcore.LocalProtocolError, httpx.LocalProtocolError)):
        return Refused(f"{shown}: the request could not be written as HTTP; check the address and headers")
    if isinstance(error, (httpx.DecodingError, httpx.TooManyRedirects)):
        return Malformed(f"{shown}: the answer could not be read ({type(error).__name__})")
    if isinstance(error, (httpcore.RemoteProtocolError, httpx.RemoteProtocolError)):
        return Retry(f"{shown}: the connection ended in the middle of the answer; asking again later")
    return Retry(f"{shown}: the connection failed ({type(error).__name__}); asking again later")
