"""Small servers on loopback: one that serves pages, one that misbehaves byte by byte."""

from __future__ import annotations

import gzip
import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Page:
    """One answer. etag: a request that names it gets 304."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass
class Site:
    """Pages by path (query included where the page has one), and the requests that came."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, Message]] = field(default_factory=list)

    def put(
        self, path: str, body: bytes | str = b"", status: int = 200, *, etag: str = "", **headers: str
    ) -> str:
        """Serve this from now on; gives the page's address. Header names: _ for -."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.pages[path] = Page(body, status, named, etag)
        return self.url + path


@contextmanager
def site() -> Iterator[Site]:
    """A web server on a free port of loopback for the length of a with-block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            here.requests.append((self.path, self.headers))
            page = here.pages.get(self.path, Page(b"no such page", 404))
            if page.etag and self.headers.get("If-None-Match") == page.etag:
                page = Page(b"", 304, page.headers)
            body = page.body.encode() if isinstance(page.body, str) else page.body
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value.encode().decode("latin-1"))  # some servers send UTF-8
            if page.etag:
                self.send_header("ETag", page.etag)
            if page.status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the door hangs up on purpose
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """A client that hangs up is no error here."""

    server = Quiet(("127.0.0.1", 0), Handler)
    here = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(pieces: Callable[[threading.Event], Iterable[bytes]]) -> Iterator[str]:
    """A server that reads a request and then sends `pieces(stop)` one by one, whatever HTTP says.

    `stop` is set when the test is over; a piece that wants to dawdle waits on it.
    """
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(65536)
                for piece in pieces(stop):
                    connection.sendall(piece)
                    if stop.is_set():
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def drip(stop: threading.Event, text: bytes, seconds: float) -> Iterator[bytes]:
    """`text` one byte at a time."""
    for byte in text:
        yield bytes([byte])
        if stop.wait(seconds):
            return


def bomb(megabytes: int) -> bytes:
    """gzip of that many megabytes of blanks, made in pieces."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as stream:
        for _ in range(megabytes):
            stream.write(b" " * 1_000_000)
    return packed.getvalue()
