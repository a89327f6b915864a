"""The whole pass, listeners' batches to searchable cases: posts per second, memory, share of each stage.

    python -m benchmarks whole_pass                 10,000 and 100,000 posts on SQLite
    python -m benchmarks whole_pass --posts 2000    another size
    python -m benchmarks whole_pass --database postgresql+psycopg://user@host/empty

Posts are real ones from the folder of real material (EARNEST_SHARED_DATA, or ../shared/data), repeated
with fresh ids, people and times. Each size runs in a process of its own, so that its peak of memory
is its own. The first 12,000 or so differ from each other; later ones are near-copies of those by
other people, which is what a story that spreads looks like. Until then SQLite's page cache (at most
32 MiB) and the tables of known words fill; that memory does not grow with the number of posts is to
be seen along the largest pass, whose memory is shown at every tenth of each stage.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from earnest.ledger import Ledger
from earnest.pipeline import run_pass
from earnest.search.home import open_index
from earnest.settings import DeskSettings, Settings
from listeners.brand import Brand
from listeners.listener import Batch, Budget, State
from listeners.post import Author, Kind, Post
from nlp.pipeline import Analyzer
from routing.rules import Rules

SIZES = (10_000, 100_000)
PAGE = 100  # posts in a batch, as X serves them
START = datetime(2026, 8, 1, tzinfo=UTC)
NAMES = (  # spoken of in the material; the support accounts in it are brands too
    "Apple", "Google", "Amazon", "Comcast", "Delta", "Sprint", "Spotify", "Uber", "Microsoft", "Xbox",
    "Verizon", "AT&T", "United", "Samsung", "Fitbit", "Chipotle", "Tesco", "Virgin", "Vodafone", "eBay",
)  # fmt: skip


def _material() -> Path:
    """The folder of real material, or an end with the reason."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("EARNEST_SHARED_DATA", default))
    if not folder.is_dir():
        sys.exit(f"no real material at {folder}; set EARNEST_SHARED_DATA to its folder")
    return folder


def real_brands() -> tuple[Brand, ...]:
    """The support accounts of the material, each a brand that speaks there itself, and well-known names."""
    with (_material() / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as stream:
        told = Counter(row["author_id"] for row in csv.DictReader(stream) if row["inbound"] == "False")
    accounts = tuple(
        Brand(name=handle, handles=(handle,), own_accounts={"x": (handle,)})
        for handle, _ in told.most_common(40)
    )
    taken = {brand.name.casefold() for brand in accounts}
    return accounts + tuple(Brand(name=name) for name in NAMES if name.casefold() not in taken)


def real_texts() -> list[tuple[str, str]]:
    """(author, text) of every post in the CSV files of the real material."""
    found: list[tuple[str, str]] = []
    for path in sorted(_material().glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for n, row in enumerate(csv.DictReader(stream)):
                text = row.get("text") or row.get("tweet") or row.get("tweet_text") or ""
                if text:
                    found.append((row.get("author_id") or f"{path.stem}{n}", text))
    return found


class Repeated:
    """A listener of `posts` posts that makes them as it is asked, so that it holds none of them."""

    name, source, query = "bench", "x", "all"

    def __init__(self, posts: int) -> None:
        self._posts = posts
        self._texts = real_texts()

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """All of them, in pages."""

        made = self.made()
        for page in count(1):
            posts = tuple(islice(made, PAGE))
            if not posts:
                return
            yield Batch({"v": 1, "page": page}, posts=posts)

    def made(self) -> Iterator[Post]:
        """Every post, one after the other."""

        for n in range(self._posts):
            turn, place = divmod(n, len(self._texts))
            author, text = self._texts[place]
            who = f"{author}" if turn == 0 else f"{author}.{turn}"
            yield Post(
                source="x",
                id=str(10**18 + n),
                kind=Kind.POST,
                text=text,
                created_at=START + timedelta(seconds=n),
                author=Author(id=f"id-{who}", handle=who),
                revision="1",
                url=f"https://x.example/{n}",
            )


def measure(posts: int, database: str) -> dict[str, Any]:
    """One pass over `posts` posts in this process; the figures as plain JSON."""

    brands = real_brands()
    with tempfile.TemporaryDirectory(prefix="earnest-bench-") as folder:
        url = database or f"sqlite:///{folder}/earnest.db"
        desk = DeskSettings(seconds_per_pass=36_000)
        settings = Settings(Path(folder), (), brands, Rules(fuse=None), desk, None, Path(folder), url)
        analyzer = Analyzer(brands)
        list(analyzer.analyze([(next(Repeated(1).made()), None)]))  # models load before the clock starts
        ready = _peak()
        marks: dict[str, list[float]] = {}

        def progress(stage: str, done: int, what: str) -> None:
            marks.setdefault(stage, []).append(_now())

        with Ledger.open(url, clock=lambda: START + timedelta(days=2)) as ledger:
            index = open_index(ledger, Path(folder), environ={})
            began, cpu = time.perf_counter(), time.process_time()
            report = run_pass(
                settings,
                ledger,
                analyzer,
                index,
                listeners=[Repeated(posts)],
                progress=progress,
                clock=ledger.clock,
            )
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            sums = ledger.statistics()["total"]
        stored = sum(file.stat().st_size for file in Path(folder).iterdir() if file.is_file())
    return {
        "posts": report.posts,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "posts_per_second": round(report.posts / seconds, 1),
        "stages": {stage: round(spent, 2) for stage, spent in report.seconds.items()},
        "mentions": sums["mentions"],
        "complaints": sums["complaints"],
        "cases": sums["cases"],
        "peak_mib": round(_peak(), 1),
        "peak_before_mib": round(ready, 1),
        "along_mib": {stage: _tenths(values) for stage, values in marks.items()},
        "stored_mib": round(stored / 2**20, 1),
    }


def _peak() -> float:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _now() -> float:
    """The memory this process holds, in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20


def _tenths(values: list[float]) -> list[float]:
    """Ten of the values, evenly apart, the last among them."""
    return [round(values[(len(values) * n + 9) // 10 - 1], 1) for n in range(1, 11)]


def _apart(posts: int, database: str) -> dict[str, Any]:
    """`measure` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.whole_pass", "--inside", "--posts", str(posts)]
    out = subprocess.run([*command, "--database", database], stdout=subprocess.PIPE, check=True).stdout
    return dict(json.loads(out))


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; 1 where memory grew with the number of posts."""
    parser = argparse.ArgumentParser(prog="whole_pass", description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, action="append", help="how many; may be given several times")
    parser.add_argument("--database", default="", help="an empty database; a new SQLite file where left out")
    parser.add_argument("--json", action="store_true", help="figures for programs")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        print(json.dumps(measure(given.posts[0], given.database)))
        return 0
    results = [_apart(posts, given.database) for posts in given.posts or SIZES]
    if given.json:
        print(json.dumps(results, indent=2))
    else:
        _show(results)
    grown = results[-1]["peak_mib"] - results[0]["peak_mib"]
    return int(grown > 100)


def _show(results: list[dict[str, Any]]) -> None:
    table = Table(
        "posts",
        "posts/s",
        "CPU s",
        "listen",
        "understand",
        "route",
        "index",
        "cases",
        "peak MiB",
        "stored MiB",
    )
    for row in results:
        whole = sum(row["stages"].values())
        shares = (f"{100 * spent / whole:.0f} %" for spent in row["stages"].values())
        table.add_row(
            f"{row['posts']:,}",
            f"{row['posts_per_second']:,.0f}",
            f"{row['cpu_seconds']:,.0f}",
            *shares,
            f"{row['cases']:,}",
            f"{row['peak_mib']:,.0f} (loaded {row['peak_before_mib']:,.0f})",
            f"{row['stored_mib']:,.0f}",
        )
    Console().print(table)
    along = Table("stage", *(f"{n * 10} %" for n in range(1, 11)), title="MiB along the largest pass")
    for stage, values in results[-1]["along_mib"].items():
        along.add_row(stage, *(f"{value:,.0f}" for value in values))
    Console().print(along)


if __name__ == "__main__":
    sys.exit(main())
