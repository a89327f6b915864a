"""Posts per second and memory of the understanding stage, on one core.

    python benchmarks/understanding.py DATA [--posts 10000 100000] [--modes fast balanced]

DATA is the folder of shared data; the posts of brand-support/twcs.csv are repeated with fresh ids, each with
the post it answers. Beside it stands a plain spaCy English tokenizer over the same texts. Seconds are
processor time of this process, so that a busy machine does not tell.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import spacy

from listeners.brand import Brand
from listeners.post import Author, Kind, Post
from nlp.pipeline import Analyzer, Mode

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
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--posts", type=int, nargs="+", default=[10_000])
    asked.add_argument("--worst", action="store_true", help="only posts that name a brand and are judged")
    asked.add_argument("--modes", nargs="+", default=["fast", "balanced"])
    given = asked.parse_args()
    items = read(given.data)
    blank = spacy.blank("en")
    texts = [post.text for post, _ in items]
    start = time.process_time()
    for _ in blank.pipe(texts):
        pass
    print(f"plain spaCy tokenizer      {len(texts) / (time.process_time() - start):8.0f} posts/s")
    brands = [
        Brand(name=name, handles=(handle,), own_accounts={"x": (handle,)}) for name, handle in BRANDS.items()
    ]
    mode: Mode
    for mode in given.modes:
        analyzer = Analyzer(brands, mode=mode)
        list(analyzer.analyze(items[:300]))  # loads what is loaded late
        if given.worst:
            heard = zip(items, analyzer.analyze(items), strict=True)
            items = [item for item, mentions in heard if any(one.judgement is not None for one in mentions)]
        for count in given.posts:
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
            took = time.process_time() - start
            print(
                f"{mode:10} {count:9} posts  {count / took:8.0f} posts/s  first tenth {rates[0]:6.0f}  "
                f"last tenth {rates[-1]:6.0f}  most memory {memory():5.0f} MiB  "
                f"named {named / count:.0%} judged {judged / count:.0%}"
            )


if __name__ == "__main__":
    main()
