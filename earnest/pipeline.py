"""One pass, in one process: listen → understand → route → index.

Every stage can run alone and again; each works off what the ledger says is not done yet, in batches
of fixed size, so that memory does not grow with the number of posts. A source that fails is noted
and passed by; only a failing ledger ends a pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from earnest.ledger import Ledger
from earnest.ledger.views import PostWork, Routed
from earnest.listening import PollReport, listen
from earnest.progress import Progress, Stage
from earnest.search.index import MentionsIndex
from earnest.settings import Settings
from listeners.listener import Clock, Listener, utcnow
from listeners.post import Post
from nlp.mention import Mention
from routing.rules import Rules, decide

__all__ = [
    "PassReport",
    "PollReport",
    "Progress",
    "Stage",
    "Understanding",
    "feed_index",
    "listen",
    "route",
    "run_pass",
    "understand",
]

BATCH = 256  # posts or mentions taken at a time


class Understanding(Protocol):
    """What a pass needs of nlp.pipeline.Analyzer."""

    def analyze(self, items: Iterable[tuple[Post, Post | None]]) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each post, in order."""
        ...


@dataclass(frozen=True, slots=True)
class PassReport:
    """What a pass did. seconds: how long each stage took."""

    polls: tuple[PollReport, ...]
    understood: int
    mentions: int
    routed: Routed
    indexed: int
    seconds: dict[str, float]

    @property
    def posts(self) -> int:
        """Posts heard for the first time."""
        return sum(poll.intake.new for poll in self.polls)

    @property
    def cases_opened(self) -> int:
        """Cases that are new."""
        return self.routed.cases_opened

    @property
    def errors(self) -> tuple[PollReport, ...]:
        """Queries that failed."""
        return tuple(poll for poll in self.polls if poll.error_kind)


def run_pass(
    settings: Settings,
    ledger: Ledger,
    analyzer: Understanding,
    index: MentionsIndex,
    *,
    listeners: Sequence[Listener] | None = None,
    progress: Progress | None = None,
    clock: Clock = utcnow,
    force: bool = False,
    limit: int = BATCH,
) -> PassReport:
    """All four stages once.

    listeners: instead of those of the settings. force: ask also what is not due. limit: posts,
    mentions or documents taken at a time.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "listen"):
        polls = listen(settings, ledger, listeners=listeners, progress=progress, clock=clock, force=force)
    with _timed(seconds, "understand"):
        understood, mentions = understand(ledger, analyzer, limit=limit, progress=progress)
    with _timed(seconds, "route"):
        rules, reopen = settings.rules, settings.desk.reopen_within
        routed = route(ledger, rules, reopen=reopen, limit=limit, progress=progress, clock=clock)
    with _timed(seconds, "index"):
        indexed = feed_index(ledger, index, limit=limit, progress=progress)
    return PassReport(tuple(polls), understood, mentions, routed, indexed, seconds)


def understand(
    ledger: Ledger,
    analyzer: Understanding,
    *,
    shard: tuple[int, int] | None = None,
    limit: int = BATCH,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Understand every post not understood yet; returns (posts, mentions)."""
    posts = mentions = 0
    while works := ledger.posts_to_analyze(limit, shard):
        try:
            found = list(analyzer.analyze((work.post, work.parent) for work in works))
            done = list(zip(works, found, strict=True))
        except Exception:  # one post that breaks the analyzer must not stop the others
            done = _one_by_one(ledger, analyzer, works)
        mentions += ledger.record_mentions(done)
        posts += len(works)
        if progress is not None:
            progress("understand", posts, "posts")
    return posts, mentions


def route(
    ledger: Ledger,
    rules: Rules,
    *,
    reopen: timedelta = timedelta(days=14),
    shard: tuple[int, int] | None = None,
    limit: int = BATCH,
    progress: Progress | None = None,
    clock: Clock = utcnow,
) -> Routed:
    """Decide every mention not decided yet, but for what a blown fuse holds.

    reopen: how long a closed case is opened again by a new post.
    """
    ledger.wake()
    ledger.renew_fuses(rules)
    routed, decided = Routed(), 0
    while works := ledger.mentions_to_route(limit, shard):
        now = clock()
        done = [(work, decide(work.routable, rules, now=now)) for work in works]
        routed += ledger.record_decisions(done, reopen=reopen, fuse_of=rules.fuse_of)
        decided += len(works)
        if progress is not None:
            progress("route", decided, "mentions")
    ledger.wake()  # a post heard late opens a case that is overdue already: that is told now
    return routed


def feed_index(
    ledger: Ledger, index: MentionsIndex, *, limit: int = BATCH, progress: Progress | None = None
) -> int:
    """Bring search up to date with the ledger; returns documents taken in or deleted."""
    indexed = 0
    while works := ledger.documents_to_index(limit):
        index.delete([work.id for work in works if work.document is None])
        index.upsert([work.document for work in works if work.document is not None])
        ledger.mark_indexed(works)
        indexed += len(works)
        if progress is not None:
            progress("index", indexed, "documents")
    return indexed


def _one_by_one(
    ledger: Ledger, analyzer: Understanding, works: Sequence[PostWork]
) -> list[tuple[PostWork, tuple[Mention, ...]]]:
    """The batch again, a post at a time; those that cannot be understood are set aside with the reason."""
    done = []
    for work in works:
        try:
            (found,) = analyzer.analyze([(work.post, work.parent)])
        except Exception as error:
            ledger.set_post_aside(work, f"could not be understood: {type(error).__name__}: {error}")
        else:
            done.append((work, found))
    return done


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that the block takes."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = time.perf_counter() - began
