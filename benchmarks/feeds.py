"""Feeds to ledger against feedparser alone, on real feeds, as a ratio within one run.

    python benchmarks/feeds.py [--copies 5] [--large 100000]

Every feed is served over loopback, fetched through the door, read, and committed to a fresh SQLite
ledger; feedparser.parse gets the same bytes from memory and keeps nothing. Both take turns, so that
a busy machine is equally busy for both. Real feeds come from EARNEST_SHARED_DATA (default
../shared/data); each copy has fresh ids. --large adds one made-up feed of so many entries.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser

from earnest.ledger import Ledger
from listeners.blogs import BlogListener
from listeners.listener import Budget
from listeners.sources import BlogsSource

_ID = re.compile(rb"(<(?:guid|id)\b[^>]*>)([^<]*)(</(?:guid|id)>)")
_LINK = re.compile(rb"(<link>)([^<]*)(</link>)")


@dataclass
class Times:
    """Seconds spent on one feed by each, what ours kept, and the peak memory by then (bytes)."""

    name: str
    entries: int
    parser: float = 0.0
    ours: float = 0.0
    stored: int = 0
    peak: int = 0

    @property
    def ratio(self) -> float:
        """Our entries per second over feedparser's."""
        return self.parser / self.ours


@contextmanager
def serve(pages: dict[str, bytes]) -> Iterator[str]:
    """The pages over loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Keep the table clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def real_feeds(copies: int) -> dict[str, list[bytes]]:
    """Every real XML feed that has entries, in copies with fresh ids and links."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("EARNEST_SHARED_DATA", default)) / "feeds"
    found: dict[str, list[bytes]] = {}
    for file in sorted(folder.glob("*.xml")):
        body = file.read_bytes().lstrip()
        if feedparser.parse(io.BytesIO(body)).entries:
            found[file.name] = [
                _LINK.sub(rb"\g<1>\g<2>?copy=%d\g<3>" % n, _ID.sub(rb"\g<1>\g<2>#%d\g<3>" % n, body))
                for n in range(copies)
            ]
    return found


def made_feed(entries: int) -> bytes:
    """RSS of so many entries with a paragraph of HTML each."""
    words = " ".join(f"word{n}" for n in range(40))
    item = (
        "<item><guid isPermaLink='false'>urn:{0}</guid><title>Entry {0}</title>"
        "<link>https://blog.example/{0}</link><pubDate>Mon, 16 Oct 2023 15:10:00 +0000</pubDate>"
        "<description>&lt;p&gt;Number {0}: " + words + "&lt;/p&gt;</description></item>"
    )
    inside = "".join(item.format(n) for n in range(entries))
    return f'<rss version="2.0"><channel><title>Large</title>{inside}</channel></rss>'.encode()


def compare(name: str, bodies: list[bytes], ledger: Ledger) -> Times:
    """Let both read the bodies in turns."""
    times = Times(name, 0)
    pages = {f"/{n}/{name}": body for n, body in enumerate(bodies)}
    with serve(pages) as url:
        for path, body in pages.items():
            began = time.perf_counter()
            source = BlogsSource.model_validate(
                {
                    "kind": "blogs",
                    "name": "bench",
                    "feeds": [url + path],
                    "allow": ["127.0.0.1/32"],
                    "max_bytes": 2**30,
                    "timeout_seconds": 120,
                }
            )
            ear = BlogListener(source, source.feeds[0])
            for batch in ear.poll(ledger.state(ear.name, ear.query), Budget()):
                intake = ledger.commit_batch(ear.name, batch, query=ear.query, source=ear.source)
                times.stored += intake.new
            times.ours += time.perf_counter() - began
            times.peak = high_water()
            began = time.perf_counter()
            times.entries += len(feedparser.parse(io.BytesIO(body)).entries)
            times.parser += time.perf_counter() - began
    return times


def main() -> None:
    """Print the table and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--copies", type=int, default=5, help="of each real feed")
    parser.add_argument("--large", type=int, default=0, help="entries of one made-up feed (0: none)")
    options = parser.parse_args()
    rows: list[Times] = []
    with tempfile.TemporaryDirectory() as folder, Ledger.open(f"sqlite:///{folder}/ledger.db") as ledger:
        for name, bodies in real_feeds(options.copies).items():
            rows.append(compare(name, bodies, ledger))
        if options.large:
            rows.append(compare("made-up", [made_feed(options.large)], ledger))
    print(f"{'feed':<42}{'entries':>8}{'stored':>8}{'feedparser/s':>14}{'ours/s':>10}{'ratio':>8}")
    for row in rows:
        print(
            f"{row.name:<42}{row.entries:>8}{row.stored:>8}{row.entries / row.parser:>14.0f}"
            f"{row.entries / row.ours:>10.0f}{row.ratio:>8.2f}"
        )
    real = [row for row in rows if not row.name.startswith("made-up")]
    if real:
        ratio = sum(row.parser for row in real) / sum(row.ours for row in real)
        print(f"\nreal feeds to ledger against feedparser.parse alone: {ratio:.2f} (goal 0.80)")
    if options.large:
        print(f"peak memory after the large feed, before feedparser's turn: {rows[-1].peak / 2**20:.0f} MiB")


def high_water() -> int:
    """The most memory this process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in KiB


if __name__ == "__main__":
    main()
