"""From what a feed holds to what is news in it: each entry named, compared and made a post.

Pure: no network, no clock of its own. The memory it is given learns every entry it meets.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from listeners.feed_entry import Broken, Byline, Entry, Feed
from listeners.feed_memory import Memory, fingerprint
from listeners.feed_schedule import pace
from listeners.post import Author, Gap, GapWhy, Kind, Post, SetAside

SOURCE = "blog"


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry with the fingerprint that stands for it in its feed, and the one of its content."""

    entry: Entry | Broken
    key: str
    revision: str


class Reading:
    """One reading of one feed, part by part; `finish` once all parts were taken.

    query: the feed's address as configured; it names the entries, so the same guid in two feeds is
    two posts, and a feed that moves keeps its posts. now: when the feed was fetched, UTC.
    """

    def __init__(self, memory: Memory, query: str, now: datetime) -> None:
        """Start with what is remembered; `memory` changes as parts are taken."""
        self._memory = memory
        self._query = query
        self._now = now
        self._met: dict[str, str] = {}  # fingerprints of this reading, with their revisions
        self._whens: list[datetime] = []
        self._entries = 0

    def take(self, part: Feed) -> tuple[list[Post], list[SetAside]]:
        """The entries of `part` that are new or changed, the oldest first."""
        posts: list[Post] = []
        aside: list[SetAside] = []
        # Before any of them is named: which of its ids or links does this part give out twice?
        ids = Counter(_identity(entry) for entry in part.entries if isinstance(entry, Entry))
        self._memory.ambiguous |= {fingerprint(each) for each, count in ids.items() if each and count > 1}
        named = [each for each in map(self._name, part.entries) if each is not None]
        for each in reversed(named):  # feeds have their newest entry first
            news = self._news(each)
            if isinstance(news, Post):
                posts.append(news)
            elif news is not None:
                aside.append(news)
        self._memory.ttl = part.ttl
        return posts, aside

    def hole(self) -> Gap | None:
        """What was missed, as far as the parts taken so far tell.

        There is a hole where even the oldest entry is newer than all that was known: some may have
        come and gone between two polls. A feed with undated entries cannot tell.
        """
        newest, oldest = self._memory.newest, min(self._whens, default=None)
        if newest is None or oldest is None or oldest <= newest:
            return None
        if self._entries < 2 or len(self._whens) < self._entries:
            return None
        note = f"the feed holds {self._entries} entries and all were new: ask it more often"
        return Gap(SOURCE, self._query, newest, oldest, GapWhy.CAP, note)

    def finish(self) -> None:
        """Let the memory keep what the whole reading says about the feed."""
        memory = self._memory
        past = [when for when in self._whens if when <= self._now]
        memory.pace = pace(past)
        memory.newest = max([*past, *([memory.newest] if memory.newest else [])], default=None)
        memory.forget_old(list(self._met))

    def _name(self, entry: Entry | Broken) -> _Named | None:
        """Name an entry by its own id, else its link, else its words; None where it came before.

        Some feeds give one id or link to many entries. Those are told apart by their links, times
        and titles (their words, where all that is the same), from the moment the feed is caught at
        it; the one that was known under the plain name keeps it.
        """
        if isinstance(entry, Broken):
            raw = fingerprint(entry.raw)
            return self._first(_Named(entry, fingerprint("broken", entry.native_id or raw), raw))
        self._entries += 1
        if entry.when is not None:
            self._whens.append(entry.when)
        revision = fingerprint(entry.title, entry.text)
        identity = _identity(entry)
        if not identity:
            return self._first(_Named(entry, fingerprint("words", revision), revision))
        memory, key = self._memory, fingerprint(identity)
        known, taken = memory.seen.get(key), self._met.get(key, revision) != revision
        if taken:  # by an entry of an earlier part
            memory.ambiguous.add(key)
        if taken or (key in memory.ambiguous and not (known and known.revision == revision)):
            when = entry.when.isoformat() if entry.when else ""
            key = fingerprint(identity, entry.url, when, entry.title)
            if self._met.get(key, revision) != revision:
                key = fingerprint(key, revision)
        return self._first(_Named(entry, key, revision))

    def _first(self, named: _Named) -> _Named | None:
        """An entry that a feed holds twice counts once."""
        if named.key in self._met:
            return None
        self._met[named.key] = named.revision
        return named

    def _news(self, named: _Named) -> Post | SetAside | None:
        """What is new about an entry, None where nothing is; the memory learns it either way."""
        entry, known = named.entry, self._memory.seen.get(named.key)
        when = entry.when if isinstance(entry, Entry) else None
        since = None
        if when is None or when > self._now:
            # No date, or one that cannot be: the time it was first met stands, once and for all.
            since = (known.since if known else None) or self._now
        now_known = self._memory.touch(named.key, named.revision, since=since)
        if known is not None and known.revision == named.revision:
            return None
        if isinstance(entry, Broken):
            place = f"entry {entry.place} of {self._query}"
            return SetAside(SOURCE, entry.raw, entry.why, place, entry.native_id)
        edits = f".{now_known.edits}" if now_known.edits else ""
        return self._post(entry, named.key, named.revision + edits, since or when or self._now)

    def _post(self, entry: Entry, key: str, revision: str, created_at: datetime) -> Post:
        feed = fingerprint(self._query)[:12]
        own, parent = f"{feed}-{key}", None
        if entry.reply_to:
            answered = fingerprint(entry.reply_to)
            if answered in self._met or answered in self._memory.seen:
                parent = f"{feed}-{answered}"
        return Post(
            source=SOURCE,
            id=own,
            kind=Kind.COMMENT if entry.reply_to else Kind.ARTICLE,
            text=entry.text,
            created_at=created_at,
            author=_author(entry.byline, self._query),
            revision=revision,
            url=entry.url,
            title=entry.title,
            language=entry.language,
            conversation_id=parent or own,
            parent_id=parent,
        )


def _identity(entry: Entry) -> str:
    """What a feed means to be unique; "" where an entry has nothing of the kind."""
    return entry.native_id or (f"link {entry.url}" if entry.url else "")


def _author(byline: Byline | None, query: str) -> Author | None:
    """A feed has no accounts: a person is known by their page, else by their name on that site."""
    if byline is None:
        return None
    name = byline.name or byline.email.split("@")[0] or byline.uri
    site = urlsplit(query).netloc.rpartition("@")[2].lower()
    return Author(id=byline.uri or f"{site}/{byline.name or byline.email}", handle=name, name=name)
