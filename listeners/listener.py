"""The contract every listener keeps, and the one tree of errors it may raise.

A listener polls one query of one configured source from a stored cursor and yields batches.
It stores nothing: whoever runs it commits posts, deletions, gaps and `next_state` of a batch in
one transaction, so a cursor never moves ahead of its posts.

    ListenError
    ├── Retry(after)   the network is busy, slow or limiting; ask again after `after` seconds
    ├── Refused        keys, permission, a blocked address: stop this source and tell
    ├── Gone           the source itself is no more (410, a deleted subreddit)
    ├── Malformed      the answer as a whole could not be read
    └── Broke          the read budget is spent
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from listeners.post import Deletion, Gap, Post, SetAside

State = Mapping[str, Any]
"""A cursor: small versioned JSON, opaque to everyone but its listener. {} means never polled."""

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """The clock used where none is injected."""
    return datetime.now(UTC)


class ListenError(Exception):
    """Any failure of listening. The message says what to do next; it never holds a secret."""


class Retry(ListenError):
    """Ask again later. `after` is in seconds, None where the network did not say."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        """Keep the wait beside the message."""
        super().__init__(message)
        self.after = after


class Refused(ListenError):
    """Keys or permission: this source stops until a person mends it."""


class Gone(ListenError):
    """The source itself is no more."""


class Malformed(ListenError):
    """The whole answer could not be read. A single broken item is a `SetAside` instead."""


class Broke(ListenError):
    """The read budget is spent."""


@dataclass(slots=True)
class Budget:
    """What one poll may use. Listeners call the methods before and after each request.

    requests: how many requests at most. dollars: how much at most (inf where reading is free).
    seconds: wall-clock limit for the whole poll, kept by a monotonic clock.
    """

    requests: int = 100
    dollars: float = float("inf")
    seconds: float = 120.0
    spent: float = 0.0
    asked: int = 0
    started: float = field(default_factory=time.monotonic)

    def allows(self, dollars: float = 0.0) -> bool:
        """Whether one more request that may cost `dollars` still fits."""
        return (
            self.asked < self.requests
            and self.spent + dollars <= self.dollars
            and time.monotonic() - self.started < self.seconds
        )

    def charge(self, dollars: float = 0.0) -> None:
        """Note one request made and what it cost."""
        self.asked += 1
        self.spent += dollars


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request of a poll brought, and the cursor that stands after it.

    context: posts kept to understand others (a parent); they are stored but not judged.
    set_aside: raw items that could not be read. retry_after: seconds before the next poll, where
    the network named them. cost: dollars this batch was charged.
    """

    next_state: State
    posts: tuple[Post, ...] = ()
    context: tuple[Post, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    gaps: tuple[Gap, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    retry_after: float | None = None
    cost: float = 0.0


@runtime_checkable
class Listener(Protocol):
    """One query of one configured source.

    name: the source's name in sources.yaml. source: the network ("x", "reddit", "blog", …).
    query: what is asked, in the network's words; `(name, query)` keys the stored state.
    """

    name: str
    source: str
    query: str

    def poll(self, state: State, budget: Budget) -> Iterator[Batch]:
        """Yield batches from `state` on; raise a ListenError where the network fails.

        A poll that ends early (budget, error, crash) resumes from the last committed `next_state`
        without loss; posts may come again and are stored once by `(source, id, revision)`.
        """
        ...


@runtime_checkable
class Hosted(Protocol):
    """What a listener may have besides: the host that it asks, such as "blog.example".

    Listeners of different hosts may be polled at the same time, each in a thread of its own; those of
    one host never are. Listeners that do not say it are taken to share one host, that of their source.
    """

    host: str
