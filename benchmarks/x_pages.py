"""X pages to ledger against json.loads and tweepy alone, as ratios within one run; memory over many posts.

    python benchmarks/x_pages.py [--posts 20000] [--flat 0]

Pages of 100 posts with authors, parents and metrics are served over loopback, as the API sends them.
"json" parses their bytes from memory; "tweepy" fetches them through tweepy into its own models and
keeps nothing; "ledger" is the listener, committed to a fresh SQLite ledger. --flat lets so many more
posts through the last one and prints the peak memory on the way.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import tweepy

from benchmarks.serving import serve
from earnest.ledger import Ledger
from listeners.listener import Budget
from listeners.sources import XSource
from listeners.x import x_listeners
from listeners.x_client import TWEEPY_HOST, Rebase

_EPOCH_MS = 1_288_834_974_657
_PAGE = 100
_NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
_NEWEST = (int(_NOW.timestamp() * 1000) - _EPOCH_MS) << 22
_STEP = 1 << 22  # a millisecond


def page(first: int) -> bytes:
    """The hundred posts that end `first` posts before the newest."""
    posts, users = [], []
    for number in range(first, first + _PAGE):
        own = str(_NEWEST - number * _STEP)
        when = (_NOW - timedelta(milliseconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        posts.append(
            {
                "id": own,
                "text": f"Post {number}: my router has been blinking since the morning &amp; nobody answers",
                "author_id": str(number % 5000),
                "conversation_id": own,
                "created_at": when,
                "lang": "en",
                "edit_history_tweet_ids": [own],
                "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0},
            }
        )
        users.append({"id": str(number % 5000), "username": f"user{number % 5000}", "name": "Some Body"})
    meta = {"result_count": _PAGE, "newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"]}
    return json.dumps({"data": posts, "includes": {"users": users}, "meta": meta}).encode()


def with_more(body: bytes) -> bytes:
    """The page, saying that there is another."""
    payload = json.loads(body)
    payload["meta"]["next_token"] = "more"
    return json.dumps(payload).encode()


def answers(pages: list[bytes]) -> Iterator[bytes]:
    """The pages one after another, for ever the last."""
    yield from pages
    while True:
        yield pages[-1]


def by_json(pages: list[bytes]) -> float:
    """Seconds to parse all pages."""
    began = time.perf_counter()
    for body in pages:
        json.loads(body)
    return time.perf_counter() - began


def by_tweepy(pages: list[bytes]) -> float:
    """Seconds to fetch all pages into tweepy's models."""
    left = answers(pages)
    with serve(lambda path: next(left)) as base:
        client = tweepy.Client("token")
        client.session.mount(TWEEPY_HOST, Rebase(base, "token", 10.0))
        began = time.perf_counter()
        for _ in pages:
            client.search_recent_tweets("q", max_results=_PAGE)
        return time.perf_counter() - began


def by_ledger(pages: list[bytes], folder: Path) -> tuple[float, int]:
    """Seconds to fetch all pages through the listener into a fresh ledger, and the posts stored."""
    left = answers(pages)
    stored = 0
    with serve(lambda path: next(left)) as base, Ledger.open(f"sqlite:///{folder / 'x.db'}") as ledger:
        source = XSource(kind="x", name="x", base_url=base, queries=("q",), day_dollars=0)
        (listener,) = x_listeners(source, (), token="token", clock=lambda: _NOW)
        began = time.perf_counter()
        for batch in listener.poll({}, Budget(requests=len(pages), seconds=3600)):
            stored += ledger.commit_batch(listener.name, batch, query=listener.query, source="x").new
        return time.perf_counter() - began, stored


def flat(posts: int, folder: Path) -> None:
    """Let many posts through and print the peak memory at every tenth of them."""

    def answer(path: str) -> bytes:
        until = parse_qs(urlsplit(path).query).get("until_id")
        first = 0 if until is None else (_NEWEST - int(until[0])) // _STEP + 1
        body = page(first)
        return body if first + _PAGE >= posts else with_more(body)

    with serve(answer) as base, Ledger.open(f"sqlite:///{folder / 'flat.db'}") as ledger:
        source = XSource(kind="x", name="x", base_url=base, queries=("q",))
        (listener,) = x_listeners(source, (), token="token", clock=lambda: _NOW)
        done, shown = 0, 0
        for batch in listener.poll({}, Budget(requests=posts, seconds=36_000)):
            done += ledger.commit_batch(listener.name, batch, query=listener.query, source="x").new
            if done * 10 // posts > shown:
                shown = done * 10 // posts
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"{done:>12,} posts   peak {peak:,.0f} MiB")


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--flat", type=int, default=0)
    options = parser.parse_args()
    bodies = [page(first) for first in range(0, options.posts, _PAGE)]
    pages = [*map(with_more, bodies[:-1]), bodies[-1]]
    with tempfile.TemporaryDirectory() as folder:
        seconds = {"json": by_json(pages), "tweepy": by_tweepy(pages)}
        seconds["ledger"], stored = by_ledger(pages, Path(folder))
        print(f"{options.posts:,} posts in pages of {_PAGE}, {stored:,} stored")
        for name, took in seconds.items():
            ratios = ", ".join(
                f"{seconds[one] / took:.2f} of {one}" for one in ("json", "tweepy") if one != name
            )
            print(f"{name:8} {took:8.2f} s   {options.posts / took:>12,.0f} posts/s   {ratios}")
        if options.flat:
            flat(options.flat, Path(folder))


if __name__ == "__main__":
    main()
