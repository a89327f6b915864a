"""Listening to many hosts at the same time against one after another, as a ratio within one run.

    python -m benchmarks at_once [--feeds 200] [--hosts 40] [--latency 50] [--at-once 8 16]

Feeds lie on loopback addresses 127.0.0.1, 127.0.0.2, … (Linux has them all), each a host of its own
that answers after some milliseconds. Every feed is fetched through the door, read, and committed to a
fresh SQLite ledger, first one after another, then with so many hosts at once. The hosts count how many
ask them at the same time: it must never be more than one.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from earnest.ledger import Ledger
from earnest.listening import listen
from earnest.settings import DeskSettings, Settings
from listeners.brand import Brand
from listeners.sources import BlogsSource
from routing.rules import Rules

ENTRIES = 10
_ITEM = (
    "<item><guid isPermaLink='false'>{feed}#{number}</guid><title>Entry {number} of {feed}</title>"
    "<pubDate>Mon, 16 Oct 2023 15:10:00 +0000</pubDate>"
    "<description>&lt;p&gt;Nothing has worked since this morning, says {feed}.&lt;/p&gt;</description></item>"
)


@dataclass
class Counts:
    """Requests under way at the same time: of one host, and of all."""

    here: dict[str, int] = field(default_factory=dict)
    most_here: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, host: str, by: int) -> None:
        """One more or one less."""
        with self.lock:
            self.here[host] = self.here.get(host, 0) + by
            self.most_here = max(self.most_here, self.here[host])
            self.most = max(self.most, sum(self.here.values()))


@contextmanager
def host(address: str, latency: float, counts: Counts) -> Iterator[str]:
    """A host that answers every path with a feed, after `latency` seconds; yields its web address."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # head and body in one packet

        def do_GET(self) -> None:
            """Answer in no hurry."""
            counts.change(address, 1)
            time.sleep(latency)
            feed = f"{address}{self.path}"
            items = "".join(_ITEM.format(feed=feed, number=number) for number in range(ENTRIES))
            body = f'<rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'.encode()
            counts.change(address, -1)
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Keep the table clean."""

    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://{address}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listened(source: BlogsSource, at_once: int) -> float:
    """Seconds from a fresh ledger to all entries in it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            folder=Path(folder),
            sources=(source,),
            brands=(Brand(name="Larkspur"),),
            rules=Rules(),
            desk=DeskSettings(hosts_at_once=at_once),
            taxonomy=None,
            data_dir=Path(folder),
            database=f"sqlite:///{folder}/ledger.db",
        )
        with Ledger.open(settings.database) as ledger:
            began = time.perf_counter()
            reports = listen(settings, ledger)
            took = time.perf_counter() - began
    stored = sum(report.intake.new for report in reports)
    assert stored == len(source.feeds) * ENTRIES, [report.error for report in reports if report.error]
    return took


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200, help="in all")
    parser.add_argument("--hosts", type=int, default=40, help="that they lie on, at most 250")
    parser.add_argument("--latency", type=float, default=50.0, help="milliseconds to each answer")
    parser.add_argument("--at-once", type=int, nargs="+", default=[8, 16], help="hosts asked at once")
    options = parser.parse_args()
    counts = Counts()
    with ExitStack() as stack:
        hosts = [
            stack.enter_context(host(f"127.0.0.{number}", options.latency / 1000, counts))
            for number in range(1, options.hosts + 1)
        ]
        urls = [f"{hosts[number % len(hosts)]}/{number}" for number in range(options.feeds)]
        source = BlogsSource.model_validate(
            {"kind": "blogs", "name": "bench", "feeds": urls, "allow": ["127.0.0.0/8"]}
        )
        first = source.model_copy(update={"feeds": source.feeds[:1]})
        listened(first, 1)  # everything that is imported late is imported now
        counts.most_here = counts.most = 0
        print(f"{options.feeds} feeds on {options.hosts} hosts, {options.latency:.0f} ms to each answer")
        print(f"{'hosts at once':>13}{'seconds':>9}{'ratio':>7}{'under way':>11}{'of one host':>13}")
        alone = 0.0
        for at_once in [1, *options.at_once]:
            took = listened(source, at_once)
            alone = alone or took
            print(f"{at_once:>13}{took:>9.1f}{alone / took:>7.1f}{counts.most:>11}{counts.most_here:>13}")
            assert counts.most_here == 1, "a host was asked by two at once"


if __name__ == "__main__":
    main()
