"""A process to be killed: polls one network into a ledger until three polls in a row bring nothing."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from earnest.ledger import Ledger
from earnest.pipeline import poll
from listeners.listener import Budget, Listener
from listeners.reddit import reddit_listeners
from listeners.sources import RedditSource, XSource
from listeners.x import x_listeners
from tests.listeners.reddit_world import SECRETS
from tests.listeners.x_world import TOKEN


def made(network: str, base: str, now: datetime) -> Listener:
    """The listener to run."""
    if network == "x":
        source = XSource(
            kind="x", name="x", base_url=base, queries=("larkspur",), page_size=10, overlap_seconds=3
        )
        return next(x_listeners(source, (), token=TOKEN, clock=lambda: now))
    reddit = RedditSource(
        kind="reddit", name="r", base_url=base, subreddits=("larkspur",), parents=False, overlap_seconds=3
    )
    return next(reddit_listeners(reddit, (), secrets=SECRETS, clock=lambda: now))


def main(network: str, base: str, url: str, now: str) -> None:
    """Poll until it is quiet."""
    listener = made(network, base, datetime.fromisoformat(now))
    with Ledger.open(url) as ledger:
        quiet = 0
        while quiet < 3:
            *_, report = poll(listener, ledger, Budget(requests=2))
            quiet = 0 if report.intake.new else quiet + 1


main(*sys.argv[1:])
