"""Blogs, forums and everything else that has a feed: one listener per feed.

The door fetches, the readers read, the memory remembers; this module joins them. New and changed
entries become posts; the validators are committed with them. A feed's address as configured names
its entries, so the same guid in two feeds is two posts, and a feed that moves keeps its posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from listeners.feed_entry import Feed
from listeners.feed_memory import Memory
from listeners.feed_reading import SOURCE, Reading
from listeners.feed_schedule import next_wait
from listeners.feeds import read_parts
from listeners.hosts import host_of
from listeners.http import Answer, Door, NotThere, expect_ok
from listeners.listener import (
    Batch,
    Broke,
    Budget,
    Clock,
    Gone,
    ListenError,
    Malformed,
    Refused,
    State,
    utcnow,
)
from listeners.post import Gap, Post, SetAside
from listeners.sources import BlogsSource
from listeners.sources import Feed as FeedConfig
from listeners.turns import LISTENING

# A server whose ETag never changes would silence its feed; once a day the whole of it is asked for.
_WHOLE = timedelta(hours=24)
_OLDER_PAGES = 10


_Heard = tuple[str, Answer, Iterator[Feed] | None]
"""The address asked, its answer, and the parts of the feed: None where nothing changed."""


class Fetches(Protocol):
    """What a listener needs of `Door`."""

    def fetch(self, url: str, *, headers: dict[str, str] | None = None) -> Answer:
        """GET `url`; see `Door.fetch`."""
        ...


class BlogListener:
    """Listens to one feed. `query` is its address as configured, whatever it moved to since."""

    source = SOURCE

    def __init__(
        self, source: BlogsSource, feed: FeedConfig, *, door: Fetches | None = None, clock: Clock = utcnow
    ) -> None:
        """Take the limits of `source`; door: asked instead of a new one with those limits."""
        self.name = source.name
        self.query = feed.url
        self.host = host_of(feed.url)
        self._every = source.every_minutes * 60
        self._at_most = source.at_most_minutes * 60
        self._door = door or Door(
            source.allow,
            timeout=source.timeout_seconds,
            max_raw=source.max_bytes,
            max_body=source.max_bytes,
            turns=LISTENING,
        )
        self._clock = clock

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Ask the feed once: what is new or changed; a huge feed comes in several batches.

        All but the last leave the state as it was, so that after a crash before it the feed is read
        again from its beginning, and no 304 hides what was lost; what comes twice is stored once.
        """
        memory = Memory.load(state)
        url, answer, parts = self._ask(memory, budget)
        now = self._clock()
        if parts is None:  # unchanged since the last time
            yield self._batch(memory, answer, now)
            return
        reading = Reading(memory, self.query, now)
        pages = self._pages(parts, reading, budget)
        part: Feed | None = next(pages)
        while part is not None:
            posts, aside = reading.take(part)
            part = next(pages, None)
            if part is not None:
                yield Batch(next_state=state, posts=tuple(posts), set_aside=tuple(aside))
        gap = reading.hole()
        reading.finish()
        memory.remember(answer, asked=url, now=now)
        # Only an address that just gave a good feed is kept: a hotel's login page moves nothing.
        memory.url = "" if answer.permanent_url == self.query else answer.permanent_url
        yield self._batch(memory, answer, now, posts=posts, aside=aside, gaps=(gap,) if gap else ())

    def _pages(self, parts: Iterator[Feed], reading: Reading, budget: Budget) -> Iterator[Feed]:
        """The parts of the feed and, as long as something is missed, of its older pages."""
        older, seen = "", {self.query}
        for part in parts:
            older = part.older
            yield part
        while older and older not in seen and len(seen) <= _OLDER_PAGES and reading.hole():
            seen.add(older)
            if not budget.allows():
                return
            budget.charge()
            try:
                answer = self._door.fetch(older, headers=_ACCEPT)
                expect_ok(answer, now=self._clock())
                older = ""
                for part in read_parts(answer.body, url=answer.url, headers=answer.headers):
                    older = part.older
                    yield part
            except ListenError:
                return  # the feed itself was read; what its older pages hide stays a gap

    def _ask(self, memory: Memory, budget: Budget) -> _Heard:
        """Fetch the feed where it lives; where that fails for good, where it lived first."""
        if memory.url and memory.url != self.query:
            try:
                return self._fetch(memory.url, memory, budget)
            except (Gone, Refused, Malformed, NotThere):
                memory.url = ""
        return self._fetch(self.query, memory, budget)

    def _fetch(self, url: str, memory: Memory, budget: Budget) -> _Heard:
        """One conditional fetch. Raises what its status means, and Malformed where it is no feed."""
        if not budget.allows():
            raise Broke(f"the budget of this poll is spent before {self.query} was asked")
        budget.charge()
        conditions = self._conditions(url, memory)
        answer = self._door.fetch(url, headers={**_ACCEPT, **conditions})
        if answer.status == 304 and conditions:
            return url, answer, None
        expect_ok(answer, now=self._clock())
        if memory.knows(answer):
            memory.remember(answer, asked=url, now=self._clock())
            return url, answer, None
        parts = read_parts(answer.body, url=answer.url, headers=answer.headers)
        # The first part is read here, so that what is no feed at all is known before it counts.
        return url, answer, chain([next(parts)], parts)

    def _conditions(self, url: str, memory: Memory) -> dict[str, str]:
        fresh = memory.whole_at is not None and self._clock() - memory.whole_at < _WHOLE
        if not fresh or memory.asked != url:
            return {}
        named = {"if-none-match": memory.etag, "if-modified-since": memory.modified}
        return {key: value for key, value in named.items() if value}

    def _batch(
        self,
        memory: Memory,
        answer: Answer,
        now: datetime,
        *,
        posts: list[Post] | None = None,
        aside: list[SetAside] | None = None,
        gaps: tuple[Gap, ...] = (),
    ) -> Batch:
        wait = next_wait(
            now=now,
            pace=memory.pace,
            newest=memory.newest,
            every=self._every,
            at_most=self._at_most,
            ttl=memory.ttl,
            headers=answer.headers,
        )
        return Batch(
            next_state=memory.dump(next_poll=now + timedelta(seconds=wait)),
            posts=tuple(posts or ()),
            set_aside=tuple(aside or ()),
            gaps=gaps,
            retry_after=wait,
        )


_ACCEPT = {
    "accept": "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
}
