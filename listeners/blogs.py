"""Blogs, forums and everything else that has a feed: one listener per feed.

The door fetches, the readers read, the memory remembers; this module joins them. New and changed
entries become posts; the validators are committed with them. A feed's address as configured names
its entries, so the same guid in two feeds is two posts, and a feed that moves keeps its posts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from listeners.feed_entry import Broken, Byline, Entry, Feed
from listeners.feed_memory import Memory, fingerprint, shared
from listeners.feed_schedule import next_wait, pace, retry_after
from listeners.feeds import read_feed
from listeners.http import Answer, Door
from listeners.listener import (
    Batch,
    Broke,
    Budget,
    Clock,
    Gone,
    Malformed,
    Refused,
    Retry,
    State,
    utcnow,
)
from listeners.post import Author, Gap, GapWhy, Kind, Post, SetAside
from listeners.sources import BlogsSource
from listeners.sources import Feed as FeedConfig

SOURCE = "blog"
# A server whose ETag never changes would silence its feed; once a day the whole of it is asked for.
_WHOLE = timedelta(hours=24)
_HOUR = 3600.0


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
        self._every = source.every_minutes * 60
        self._at_most = source.at_most_minutes * 60
        self._door = door or Door(
            source.allow,
            timeout=source.timeout_seconds,
            max_raw=source.max_bytes,
            max_body=source.max_bytes,
        )
        self._clock = clock

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Ask the feed once: one batch with what is new or changed, or with nothing but the state."""
        memory = Memory.load(state)
        answer, feed = self._ask(memory, budget)
        now = self._clock()
        if feed is None:  # unchanged since the last time
            yield self._batch(memory, answer, now)
            return
        posts: list[Post] = []
        aside: list[SetAside] = []
        gap = self._gap(memory, feed)
        for found in _take(feed, memory, self.query, now):
            if isinstance(found, Post):
                posts.append(found)
            else:
                aside.append(found)
        whens = [entry.when for entry in feed.entries if isinstance(entry, Entry) and entry.when]
        past = [when for when in whens if when <= now]
        memory.newest = max([*past, *([memory.newest] if memory.newest else [])], default=None)
        memory.pace, memory.ttl = pace(past), feed.ttl
        memory.whole_at = now
        memory.forget_old(len(feed.entries))
        yield self._batch(memory, answer, now, posts=posts, aside=aside, gaps=(gap,) if gap else ())

    def _ask(self, memory: Memory, budget: Budget) -> tuple[Answer, Feed | None]:
        """Fetch and read the feed where it lives; where that fails for good, where it lived first."""
        if memory.url and memory.url != self.query:
            try:
                return self._fetch(memory.url, memory, budget)
            except (Gone, Refused, Malformed):
                memory.url = ""
        return self._fetch(self.query, memory, budget)

    def _fetch(self, url: str, memory: Memory, budget: Budget) -> tuple[Answer, Feed | None]:
        """One conditional fetch, and its validators noted; the feed is None where nothing changed."""
        if not budget.allows():
            raise Broke(f"the budget of this poll is spent before {self.query} was asked")
        budget.charge()
        conditions = self._conditions(url, memory)
        answer = self._door.fetch(url, headers={**_ACCEPT, **conditions})
        if answer.status == 304 and conditions:
            return answer, None
        _expect_ok(answer, now=self._clock())
        digest = fingerprint(answer.body)
        feed = (
            None
            if digest == memory.digest
            else read_feed(answer.body, url=answer.url, headers=answer.headers)
        )
        memory.asked, memory.digest = url, digest
        memory.etag = answer.headers.get("etag", "")
        memory.modified = answer.headers.get("last-modified", "")
        # Only an address that just gave a good feed is kept: a hotel's login page moves nothing.
        memory.url = "" if answer.permanent_url == self.query else answer.permanent_url
        return answer, feed

    def _conditions(self, url: str, memory: Memory) -> dict[str, str]:
        fresh = memory.whole_at is not None and self._clock() - memory.whole_at < _WHOLE
        if not fresh or memory.asked != url:
            return {}
        named = {"if-none-match": memory.etag, "if-modified-since": memory.modified}
        return {key: value for key, value in named.items() if value}

    def _gap(self, memory: Memory, feed: Feed) -> Gap | None:
        """A hole, where even the oldest entry is newer than all that was known: some fell off between."""
        whens = [entry.when for entry in feed.entries if isinstance(entry, Entry)]
        dated = [when for when in whens if when is not None]
        if memory.newest is None or len(dated) < max(2, len(whens)) or min(dated) <= memory.newest:
            return None
        note = f"the feed holds {len(whens)} entries and all were new: ask it more often"
        return Gap(SOURCE, self.query, memory.newest, min(dated), GapWhy.CAP, note)

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


def _expect_ok(answer: Answer, *, now: datetime) -> None:
    """Turn a status that brings no feed into the error that says what to do about it."""
    status, url = answer.status, answer.url
    wait = retry_after(answer.headers, now=now)
    if 200 <= status < 300:
        return
    if status == 410:
        raise Gone(f"{url} is gone for good (410); take it out of sources.yaml or name its successor")
    if status == 404:
        # A site in the middle of a move answers 404 too, so it is asked again, and told each time.
        raise Retry(f"{url} is not there (404); check the address", after=wait or _HOUR)
    if status in (408, 425, 429) or status >= 500:
        raise Retry(f"{url} is busy or limiting ({status}); asking again later", after=wait)
    if status == 304:
        raise Retry(f"{url} says nothing changed (304) without being asked so; asking again later")
    raise Refused(f"{url} refuses to answer ({status}); open it in a browser to see what it wants")


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry with the fingerprint that stands for it in its feed, and the one of its content."""

    entry: Entry | Broken
    key: str
    revision: str


def _take(feed: Feed, memory: Memory, query: str, now: datetime) -> Iterator[Post | SetAside]:
    """The entries that are new or changed, as posts; the memory learns all of them."""
    named = list(_name(feed, memory))
    keys = {each.key for each in named}
    # Oldest first, as a person would have heard them; an entry that comes twice counts once.
    for each in {each.key: each for each in reversed(named)}.values():
        known = memory.seen.get(each.key)
        changed = known is None or known.revision != each.revision
        when = each.entry.when if isinstance(each.entry, Entry) else None
        since = None
        if when is None or when > now:
            # No date, or one that cannot be: the time it was first met stands, once and for all.
            since = (known.since if known else None) or now
        memory.touch(each.key, each.revision, since=since)
        if not changed:
            continue
        if isinstance(each.entry, Broken):
            place = f"entry {each.entry.place} of {query}"
            yield SetAside(SOURCE, each.entry.raw, each.entry.why, place, each.entry.native_id)
            continue
        created_at = since or when
        assert created_at is not None
        yield _post(each, query, created_at, parent=_parent(each.entry, keys, memory))


def _name(feed: Feed, memory: Memory) -> Iterator[_Named]:
    """Name every entry: by its own id, else its link, else its words.

    Some feeds give one id or link to many entries; those are told apart by their links, times and
    titles (their words, where all that is the same), from the moment the feed is caught at it.
    """
    readable = [entry for entry in feed.entries if isinstance(entry, Entry)]
    memory.ambiguous |= {fingerprint(each) for each in shared(map(_identity, readable))}
    named = [_name_one(entry, memory) for entry in feed.entries]
    clashing = shared(key for key, _ in {(each.key, each.revision) for each in named})
    for each in named:
        yield replace(each, key=fingerprint(each.key, each.revision)) if each.key in clashing else each


def _identity(entry: Entry) -> str:
    """What a feed means to be unique; "" where an entry has nothing of the kind."""
    return entry.native_id or (f"link {entry.url}" if entry.url else "")


def _name_one(entry: Entry | Broken, memory: Memory) -> _Named:
    if isinstance(entry, Broken):
        raw = fingerprint(entry.raw)
        return _Named(entry, fingerprint("broken", entry.native_id or raw), raw)
    revision = fingerprint(entry.title, entry.text)
    identity = _identity(entry)
    if not identity:
        return _Named(entry, fingerprint("words", revision), revision)
    key = fingerprint(identity)
    before = memory.seen.get(key)
    if key in memory.ambiguous and not (before and before.revision == revision):
        when = entry.when.isoformat() if entry.when else ""
        key = fingerprint(identity, entry.url, when, entry.title)
    return _Named(entry, key, revision)


def _parent(entry: Entry, keys: set[str], memory: Memory) -> str | None:
    """The fingerprint of the entry answered, where this feed had it."""
    key = fingerprint(entry.reply_to) if entry.reply_to else ""
    return key if key in keys or key in memory.seen else None


def _post(named: _Named, query: str, created_at: datetime, *, parent: str | None) -> Post:
    entry = named.entry
    assert isinstance(entry, Entry)
    feed_key = fingerprint(query)[:12]
    own = f"{feed_key}-{named.key}"
    parent_id = f"{feed_key}-{parent}" if parent else None
    return Post(
        source=SOURCE,
        id=own,
        kind=Kind.COMMENT if entry.reply_to else Kind.ARTICLE,
        text=entry.text,
        created_at=created_at,
        author=_author(entry.byline, query),
        revision=named.revision,
        url=entry.url,
        title=entry.title,
        language=entry.language,
        conversation_id=parent_id or own,
        parent_id=parent_id,
    )


def _author(byline: Byline | None, query: str) -> Author | None:
    """A feed has no accounts: a person is known by their page, else by their name on that site."""
    if byline is None:
        return None
    name = byline.name or byline.email.split("@")[0] or byline.uri
    site = urlsplit(query).netloc.rpartition("@")[2].lower()
    return Author(id=byline.uri or f"{site}/{byline.name or byline.email}", handle=name, name=name)
