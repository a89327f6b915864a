"""Days of polling in a few words: what each poll brought, and how it failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from earnest import coverage
from earnest.ledger import Ledger
from earnest.settings import DeskSettings, Settings
from listeners.listener import Batch, ListenError
from listeners.post import Gap, GapWhy
from listeners.sources import AnySource, BlogsSource, Feed
from routing.rules import Rules
from tests.clock import SetClock
from tests.ledger.world import post

HILL, VALE = "https://hill.example/feed", "https://vale.example/feed"
BLOGS = BlogsSource(kind="blogs", name="blogs", feeds=(Feed(url=HILL), Feed(url=VALE)))


@dataclass
class Listening:
    """A ledger that is polled by hand, and the clock it goes by."""

    ledger: Ledger
    clock: SetClock
    sources: tuple[AnySource, ...] = (BLOGS,)
    said: int = 0

    def poll(
        self,
        posts: int = 0,
        query: str = HILL,
        *,
        name: str = "blogs",
        error: ListenError | None = None,
        gaps: tuple[Gap, ...] = (),
        cost: float = 0.0,
    ) -> None:
        """One poll, now, with its outcome."""
        self.ledger.poll_started(name, "blog", query)
        if error is None:
            numbers = range(self.said, self.said + posts)
            self.said += posts
            new = tuple(post(f"p{number}", created_at=self.clock()) for number in numbers)
            batch = Batch({"v": 1}, posts=new, gaps=gaps, cost=cost)
            self.ledger.commit_batch(name, batch, query=query, source="blog")
        self.ledger.poll_ended(name, query, error=error, next_poll=None)

    def days(self, counts: Iterable[int], queries: Iterable[str] = (HILL, VALE), *, times: int = 4) -> None:
        """Polls `times` times a day, each of which brings its part of the day's posts."""
        for count in counts:
            for turn in range(times):
                for query in queries:
                    self.poll((count + turn) // times, query)
                self.clock.move(hours=24 / times)

    def covered(self, days: int = 14) -> coverage.Coverage:
        """How it looks now."""
        settings = Settings(
            folder=Path("config"),
            sources=self.sources,
            brands=(),
            rules=Rules(),
            taxonomy=None,
            desk=DeskSettings(),
            data_dir=Path("var"),
            database=self.ledger.url,
        )
        return coverage.coverage(settings, self.ledger, days=days, clock=self.clock)

    def gap(self, back: timedelta, until: timedelta = timedelta(0)) -> Gap:
        """A hole from then to then, both before now."""
        now = self.clock()
        return Gap("blog", HILL, now - back, now - until, GapWhy.WINDOW, "the feed holds ten entries")
