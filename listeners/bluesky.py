"""Listening on Bluesky: the Jetstream of all public posts, which needs no key.

The stream is everybody's, so what is heard is chosen here: posts that hold a word of a brand, and
answers to posts that were chosen. Deletions and vanished accounts come in the same stream; they are
passed on for the posts that are remembered. Events are numbered in order, so the cursor is a number:

    {"v": 1, "seq": the last event read, "heard": its time, "known": ["did/rkey" of posts kept, …]}

The stream reaches back some days. Where it no longer reaches the cursor, listening goes on from the
oldest it has, and the hole is a gap.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from listeners.addresses import Guard
from listeners.bluesky_people import People
from listeners.bluesky_read import SOURCE, Words, parent_of, read_post, text_of, uri_of, when_of
from listeners.bluesky_stream import CursorTooOld, Payload, Stream
from listeners.brand import Brand
from listeners.feed_entry import RAW_LIMIT
from listeners.hosts import hosts_of
from listeners.http import Door
from listeners.listener import Batch, Budget, Clock, State, utcnow
from listeners.post import Deletion, DeletionWhy, Gap, GapWhy, Post, SetAside
from listeners.queries import chosen
from listeners.sources import BlueskySource
from listeners.turns import LISTENING

QUERY = "app.bsky.feed.post"
_BATCH = 500  # posts kept, in one batch
_SECONDS = 30.0  # of reading, in one batch
_REMEMBER = 2000
_GONE = {
    "deleted": DeletionWhy.DELETED,
    "deactivated": DeletionWhy.PROTECTED,
    "takendown": DeletionWhy.SUSPENDED,
    "suspended": DeletionWhy.SUSPENDED,
}


@dataclass(slots=True)
class _Memory:
    """The state, read. known: "did/rkey" of posts kept, the oldest first."""

    seq: int = 0
    heard: datetime | None = None
    known: dict[str, None] = field(default_factory=dict)

    @classmethod
    def load(cls, state: State) -> _Memory:
        if state.get("v") != 1:
            return cls()
        heard = state.get("heard")
        return cls(
            int(state.get("seq", 0)),
            datetime.fromisoformat(heard) if heard else None,
            dict.fromkeys(state.get("known", ())),
        )

    def dump(self) -> State:
        for key in list(self.known)[: max(len(self.known) - _REMEMBER, 0)]:
            del self.known[key]
        heard = self.heard.isoformat() if self.heard else None
        return {"v": 1, "seq": self.seq, "heard": heard, "known": list(self.known)}


@dataclass(slots=True)
class _Gathered:
    """What one connection brought."""

    posts: list[Post] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    missed: str = ""  # why the stream could not begin where it should, if it could not
    resumed_at: datetime | None = None  # the first event's time
    caught_up: bool = False


class BlueskyListener:
    """All public posts of Bluesky, of which those that name a brand are kept."""

    source = SOURCE
    query = QUERY

    def __init__(
        self, config: BlueskySource, words: Words, people: People, guard: Guard, *, clock: Clock = utcnow
    ) -> None:
        """words: what makes a post worth keeping. guard: judges the stream's address."""
        self.name = config.name
        (self.host,) = hosts_of(config)
        self._config = config
        self._words = words
        self._people = people
        self._guard = guard
        self._clock = clock

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Read on from the cursor until the present; a batch for each connection. See the contract."""
        memory = _Memory.load(state)
        present = self._clock()
        while budget.allows():
            budget.charge()
            before = memory.heard
            try:
                found = self._gather(memory, present, budget, cursor=memory.seq or self._from(memory))
            except CursorTooOld:
                if not budget.allows():
                    return
                budget.charge()
                memory.seq = 0
                found = self._gather(memory, present, budget, cursor=self._from(memory))
                found.missed = found.missed or "the stream no longer reaches back to where listening ended"
            posts, context = self._people.complete(found.posts, budget)
            gap = None
            if found.missed and before is not None:
                end = max(found.resumed_at or present, before)
                gap = Gap(SOURCE, QUERY, before, end, GapWhy.WINDOW, found.missed)
            yield Batch(
                next_state=memory.dump(),
                posts=posts,
                context=context,
                deletions=tuple(found.deletions),
                gaps=(gap,) if gap else (),
                set_aside=tuple(found.aside),
            )
            if found.caught_up:
                return

    def _from(self, memory: _Memory) -> int:
        """Where to begin without a number: microseconds, which the stream takes as a cursor too."""
        back = timedelta(minutes=self._config.look_back_minutes)
        return int((memory.heard or self._clock() - back).timestamp() * 1_000_000)

    def _gather(self, memory: _Memory, present: datetime, budget: Budget, *, cursor: int) -> _Gathered:
        """Read one connection until the present, a full batch or the end of the time for it."""
        found = _Gathered()
        left = budget.seconds - (time.monotonic() - budget.started)
        end = time.monotonic() + min(left, _SECONDS)

        def take(payload: Payload) -> bool:
            self._take(payload, memory, found)
            found.caught_up = memory.heard is not None and memory.heard >= present
            return not found.caught_up and len(found.posts) < _BATCH and time.monotonic() < end

        stream = Stream(
            self._config.base_url,
            cursor=cursor,
            quiet=self._config.quiet_seconds,
            timeout=self._config.timeout_seconds,
            guard=self._guard,
        )
        stream.read(take)
        for raw, why in stream.broken:
            found.aside.append(SetAside(SOURCE, raw[:RAW_LIMIT], why, f"the stream at event {memory.seq}"))
        # Neither full nor out of time: it was quiet or closed, so there is nothing more for now.
        if len(found.posts) < _BATCH and time.monotonic() < end:
            found.caught_up = True
            memory.heard = memory.heard or present
        return found

    def _take(self, payload: Payload, memory: _Memory, found: _Gathered) -> None:
        kind = str(payload.get("$type", "")).rpartition("#")[2]
        if kind == "info":
            self._note(payload, memory, found)
            return
        seq, when = payload.get("seq"), when_of(payload)
        if not isinstance(seq, int) or seq <= memory.seq:
            return  # the server begins with the cursor's own event
        memory.seq = seq
        if when is not None:
            memory.heard = when
            found.resumed_at = found.resumed_at or when
        if kind == "commit" and payload.get("collection") == QUERY:
            self._commit(payload, when or self._clock(), memory, found)
        elif kind == "account":
            self._account(payload, memory, found)

    def _note(self, payload: Payload, memory: _Memory, found: _Gathered) -> None:
        """The server could not begin where it was asked to."""
        if payload.get("name") == "FutureCursor":  # another archive, which numbers anew
            memory.seq = 0
            found.missed = "the stream numbers its events anew; it went on from its present"
        elif payload.get("name") == "OutdatedCursor" and memory.heard is not None:
            found.missed = "the stream no longer reaches back to where listening ended"

    def _commit(self, payload: Payload, when: datetime, memory: _Memory, found: _Gathered) -> None:
        key = f"{payload.get('did')}/{payload.get('rkey')}"
        if payload.get("operation") == "delete":
            if key in memory.known:
                del memory.known[key]
                found.deletions.append(Deletion(SOURCE, uri_of(key), self._clock(), DeletionWhy.DELETED))
            return
        record = payload.get("record")
        try:
            if not isinstance(record, Mapping) or not isinstance(record.get("text", ""), str):
                raise ValueError("the event holds no post with a text")
            if not self._wanted(record, key, memory):
                return
            found.posts.append(read_post(key, record, cid=str(payload.get("cid") or ""), seen=when))
            memory.known.pop(key, None)
            memory.known[key] = None
        except (ValueError, TypeError, AttributeError) as error:
            raw = json.dumps(payload, ensure_ascii=False, default=str)
            if self._words.found_in(raw):  # what is not about a brand is nobody's loss
                place = f"event {memory.seq} of the stream"
                found.aside.append(SetAside(SOURCE, raw[:RAW_LIMIT], str(error), place, uri_of(key)))

    def _wanted(self, record: Mapping[str, Any], key: str, memory: _Memory) -> bool:
        """It names a brand, is an edit of a post that was kept, or answers one."""
        answered = {parent_of(record, "parent"), parent_of(record, "root")} - {None}
        return (
            key in memory.known
            or any(
                uri.removeprefix("at://").replace(f"/{QUERY}/", "/") in memory.known
                for uri in answered
                if uri
            )
            or self._words.found_in(text_of(record))
        )

    def _account(self, payload: Payload, memory: _Memory, found: _Gathered) -> None:
        """Somebody left or was removed: their posts go too."""
        account = payload.get("account")
        if not isinstance(account, Mapping) or account.get("active") is not False:
            return
        why = _GONE.get(str(account.get("status")), DeletionWhy.UNAVAILABLE)
        for key in [key for key in memory.known if key.startswith(f"{payload.get('did')}/")]:
            del memory.known[key]
            found.deletions.append(Deletion(SOURCE, uri_of(key), self._clock(), why))


def bluesky_listeners(
    source: BlueskySource, brands: Sequence[Brand], *, clock: Clock = utcnow
) -> list[BlueskyListener]:
    """The one listener of the stream, for all brands of the source."""
    words = Words(chosen(brands, source.brands), source.words)
    door = Door(source.allow, timeout=source.timeout_seconds, turns=LISTENING)
    people = People(source.profiles_url, door)
    return [BlueskyListener(source, words, people, Guard(source.allow), clock=clock)]
