"""Posts per second and memory of the understanding stage, on one core.

    python -m benchmarks understanding DATA [--posts 10000 100000 1000000] [--modes fast balanced]

DATA is the folder of shared data; the posts of brand-support/twcs.csv are repeated with fresh ids, each with
the post it answers. Beside it stand a plain spaCy English tokenizer and VADER over the same texts. Seconds
are processor time of one thread, so that a busy machine tells little (its caches are shared all the same);
memory is the peak of the process, with all that is loaded.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import cast

os.environ.setdefault("OMP_NUM_THREADS", "1")

from listeners.brand import Brand
from listeners.post import Author, Kind, Post
from nlp.mode import MODES, Mode
from nlp.pipeline import Analyzer

BESIDE = ("spaCy tokenizer", "VADER")

BRANDS = {
    "Comcast": "comcastcares", "Amazon": "AmazonHelp", "Apple": "AppleSupport", "Uber": "Uber_Support",
    "Delta": "Delta", "British Airways": "British_Airways", "Spotify": "SpotifyCares", "Tesco": "Tesco",
    "T-Mobile": "TMobileHelp", "Southwest": "SouthwestAir", "American Airlines": "AmericanAir",
    "PlayStation": "AskPlayStation", "Verizon": "VerizonSupport", "Xbox": "XboxSupport",
    "Chipotle": "ChipotleTweets", "Target": "AskTarget",
}  # fmt: skip


def read(data: Path) -> list[tuple[Post, Post | None]]:
    """Every post of the file with the one it answers."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    posts: dict[str, Post] = {}
    parents: dict[str, str] = {}
    with (data / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["text"]:
                before = (line["in_response_to_tweet_id"] or "").partition(".")[0]
                kind = Kind.REPLY if before else Kind.POST
                author = Author(line["author_id"], line["author_id"])
                posts[line["tweet_id"]] = Post("x", line["tweet_id"], kind, line["text"], when, author)
                parents[line["tweet_id"]] = before
    return [(post, posts.get(parents[key])) for key, post in posts.items()]


def stream(items: list[tuple[Post, Post | None]], count: int) -> Iterator[tuple[Post, Post | None]]:
    """`count` posts with ids of their own."""
    for number, (post, parent) in enumerate(islice(cycle(items), count)):
        yield replace(post, id=str(number)), parent


def memory() -> float:
    """Most memory this process has held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print a row per subject and number of posts; each subject runs in a process of its own."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--posts", type=int, nargs="+", default=[10_000])
    asked.add_argument("--worst", action="store_true", help="only posts that name a brand and are judged")
    asked.add_argument("--modes", nargs="*", default=list(MODES), help="fast, balanced, thorough")
    asked.add_argument("--subject", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.subject:
        _measure(given.subject, given.data, given.posts, worst=given.worst)
        return
    print(
        f"{'':<18}{'posts':>10}{'posts/s':>9}{'first tenth':>13}{'last tenth':>12}{'most MiB':>10}  of these"
    )
    for subject in (*given.modes, *BESIDE):
        posts = [str(count) for count in given.posts] if subject in given.modes else [str(given.posts[0])]
        command = [sys.executable, "-m", "benchmarks.understanding", str(given.data), "--subject", subject]
        command += ["--posts", *posts, *(["--worst"] if given.worst else [])]
        subprocess.run(command, check=True)


def _measure(subject: str, data: Path, counts: list[int], *, worst: bool) -> None:
    items = read(data)
    if subject in BESIDE:
        _beside(subject, [post.text for post, _ in islice(cycle(items), counts[0])])
        return
    brands = [
        Brand(name=name, handles=(handle,), own_accounts={"x": (handle,)}) for name, handle in BRANDS.items()
    ]
    analyzer = Analyzer(brands, mode=cast(Mode, subject))
    list(analyzer.analyze(items[:300]))  # loads what is loaded late
    if worst:
        heard = zip(items, analyzer.analyze(items), strict=True)
        items = [item for item, mentions in heard if any(one.judgement is not None for one in mentions)]
    for count in counts:
        start = last = time.process_time()
        named = judged = 0
        rates: list[float] = []
        tenth = max(1, count // 10)
        for number, mentions in enumerate(analyzer.analyze(stream(items, count)), 1):
            named += bool(mentions)
            judged += any(mention.judgement is not None for mention in mentions)
            if number % tenth == 0:
                now = time.process_time()
                rates.append(tenth / (now - last))
                last = now
        told = f"{named / count:.0%} name a brand, {judged / count:.0%} are judged"
        _row(subject, count, time.process_time() - start, rates, told)


def _beside(subject: str, texts: list[str]) -> None:
    run: Callable[[str], object]
    if subject == "VADER":
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415  pays for itself

        run = SentimentIntensityAnalyzer().polarity_scores
    else:
        import spacy  # noqa: PLC0415

        run = spacy.blank("en")
    run(texts[0])
    start = time.process_time()
    for text in texts:
        run(text)
    _row(subject, len(texts), time.process_time() - start, [], "")


def _row(subject: str, count: int, took: float, rates: list[float], told: str) -> None:
    edges = [f"{rate:,.0f}" for rate in (rates[0], rates[-1])] if rates else ["", ""]
    numbers = f"{count:>10,}{count / took:>9,.0f}{edges[0]:>13}{edges[1]:>12}{memory():>10,.0f}"
    print(f"{subject:<18}{numbers}  {told}", flush=True)


if __name__ == "__main__":
    main()
