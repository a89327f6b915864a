"""The world as one web server on loopback: X, Reddit, and a handful of blogs.

`python -m earnest.demo.server --port 8400` runs the world alone; any client of these networks can be
pointed at it.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from earnest.demo.blog_network import BlogNetwork
from earnest.demo.reddit_network import RedditNetwork
from earnest.demo.wire import Reply, Request
from earnest.demo.world import World
from earnest.demo.x_network import XNetwork
from listeners.listener import Clock, utcnow

SECRETS: Mapping[str, str] = {
    "X_BEARER_TOKEN": "the-world-of-larkspur",
    "REDDIT_CLIENT_ID": "larkspur-listener",
    "REDDIT_CLIENT_SECRET": "the-world-of-larkspur",
    "REDDIT_USER_AGENT": "linux:earnest.demo:1 (by /u/larkspur-listener)",
}
"""What the world asks for at its doors; it guards nothing, it only behaves like the networks do."""

_GENEROUS = 100_000  # the demo asks every two seconds; the real networks would say 429
_MOST_BODY = 64 * 1024


class WorldServer:
    """Serves a world on 127.0.0.1 from a thread of its own, until closed.

    A context manager. `url` is its address without a slash at the end.
    """

    def __init__(
        self, world: World, *, port: int = 0, clock: Clock = utcnow, allowance: int | None = None
    ) -> None:
        """port: 0 takes a free one. allowance: requests each network grants in its window.

        Raises OSError where the port is taken.
        """
        self.world = world
        self._clock = clock
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.ask = self._answer
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        most = allowance or _GENEROUS
        self._x = XNetwork(world, token=SECRETS["X_BEARER_TOKEN"], allowance=most)
        self._reddit = RedditNetwork(
            world,
            client_id=SECRETS["REDDIT_CLIENT_ID"],
            secret=SECRETS["REDDIT_CLIENT_SECRET"],
            allowance=most,
        )
        self._blogs = BlogNetwork(world, self.url)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def feed_urls(self) -> dict[str, str]:
        """Title → address of every feed."""
        return {feed.title: self._blogs.feed_url(name) for name, feed in self.world.feeds.items()}

    def close(self) -> None:
        """Stop serving and free the port."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> WorldServer:
        """Already serving."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.close()

    def _answer(self, request: Request) -> Reply:
        now = self._clock()
        if request.path.startswith("/2/"):
            return self._x.answer(request, now)
        if request.path.startswith(("/r/", "/api/", "/search")):
            return self._reddit.answer(request, now)
        if request.path.startswith("/blogs/"):
            return self._blogs.answer(request, now)
        if request.path == "/":
            return self._front()
        return Reply(404, b"not found\n", {"Content-Type": "text/plain"})

    def _front(self) -> Reply:
        """What is served here, in words."""
        feeds = "".join(f"  {url}  {title}\n" for title, url in self.feed_urls.items())
        text = "The made-up world of Earnest's demo.\n\n"
        text += f"X API v2   {self.url}/2/\nReddit     {self.url}/r/\nFeeds\n{feeds}"
        return Reply(200, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


class _Server(ThreadingHTTPServer):
    """Threads that do not outlive the program, and the function that answers."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    ask: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into a Request, and a Reply into HTTP. GET, HEAD and POST of a form only."""

    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # the answer leaves in one piece
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        self._serve({})

    def do_HEAD(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        size = min(int(length), _MOST_BODY) if length.isdigit() else 0
        self._serve(dict(parse_qsl(self.rfile.read(size).decode("utf-8", "replace"))))

    def _serve(self, form: Mapping[str, str]) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.ask(Request(self.command, address.path, query, headers, form))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Quiet: the demo's terminal belongs to the desk."""


def main() -> None:
    """Run the world alone until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m earnest.demo.server", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--speed", type=float, default=1.0, help="2 lets the live part happen twice as fast")
    options = parser.parse_args()
    with WorldServer(World.open(utcnow(), speed=options.speed), port=options.port) as server:
        lines = [f"{name}={value!r}" for name, value in SECRETS.items()]
        print("Its keys:", *lines, "", "The world is at", server.url, sep="\n", flush=True)  # noqa: T201
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            os._exit(0)


if __name__ == "__main__":
    main()
