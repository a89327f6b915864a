"""One pass, in one process: listen → understand → route → index.

Every stage can run alone and again; each works off what the ledger says is not done yet, in batches
of fixed size, so that memory does not grow with the number of posts. A source that fails is noted
and passed by; only a failing ledger ends a pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from earnest.ledger import Ledger
from earnest.ledger.views import Intake, PostWork, Routed
from earnest.search.index import MentionsIndex
from earnest.settings import Settings, secrets
from listeners.listener import Batch, Budget, Clock, Gone, Listener, ListenError, Retry, State, utcnow
from listeners.post import Post
from listeners.registry import allowance, build
from listeners.sources import AnySource
from nlp.mention import Mention
from routing.rules import Rules, decide

Stage = Literal["listen", "understand", "route", "index"]

BATCH = 256  # posts or mentions taken at a time
RETRY = timedelta(minutes=1)  # where the network does not say when to ask again
GONE = timedelta(days=1)  # how long a source that is no more is left in peace

_NETWORKS = {"blogs": "blog"}
"""kind of a configured source → the network its posts are of, where the two differ."""


class Progress(Protocol):
    """Told after every step of a stage: how many are done in this pass, and of what, in a word or two."""

    def __call__(self, stage: Stage, done: int, what: str) -> None:
        """Show it."""
        ...


class Understanding(Protocol):
    """What a pass needs of nlp.pipeline.Analyzer."""

    def analyze(self, items: Iterable[tuple[Post, Post | None]]) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each post, in order."""
        ...


@dataclass(frozen=True, slots=True)
class PollReport:
    """How listening to one query went. not_due: it was not asked, since its next poll lies ahead."""

    listener: str
    source: str
    query: str
    intake: Intake = field(default_factory=Intake)
    cost: float = 0.0
    error: str = ""
    error_kind: str = ""
    not_due: bool = False


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


def listen(
    settings: Settings,
    ledger: Ledger,
    *,
    listeners: Sequence[Listener] | None = None,
    progress: Progress | None = None,
    clock: Clock = utcnow,
    force: bool = False,
) -> list[PollReport]:
    """Poll every query that is due; one report each, in the order of the configuration."""
    reports: list[PollReport] = []
    if listeners is None:
        listeners, reports = _built(settings, ledger, clock)
    due = {(s.listener, s.query): s.next_poll for s in ledger.statuses()}
    heard = 0
    for listener in listeners:
        when = due.get((listener.name, listener.query))
        if not force and when is not None and when > clock():
            reports.append(PollReport(listener.name, listener.source, listener.query, not_due=True))
            continue
        budget = Budget(
            requests=settings.desk.requests_per_pass,
            seconds=settings.desk.seconds_per_pass,
            dollars=_dollars_left(settings, ledger, listener, clock),
        )
        for report in poll(listener, ledger, budget, clock=clock):
            if progress is not None:
                progress("listen", heard + report.intake.new, listener.name)
        reports.append(report)
        heard += report.intake.new
    return reports


def poll(
    listener: Listener, ledger: Ledger, budget: Budget, *, clock: Clock = utcnow
) -> Iterator[PollReport]:
    """Poll one query once; yields how it stands after every batch, and at the end (at least once)."""
    name, source, query = listener.name, listener.source, listener.query
    ledger.poll_started(name, source, query)
    intake, cost = Intake(), 0.0
    wait: timedelta | None = None
    batches = _batches(listener, ledger.state(name, query), budget)
    while True:
        batch, error = _next(batches)
        if batch is None:
            break
        intake += ledger.commit_batch(name, batch, query=query, source=source)
        cost += batch.cost
        wait = None if batch.retry_after is None else timedelta(seconds=batch.retry_after)
        yield PollReport(name, source, query, intake, cost)
    if error is not None:
        wait = _patience(error)
    ledger.poll_ended(name, query, error=error, next_poll=None if wait is None else clock() + wait)
    kind = "" if error is None else type(error).__name__
    yield PollReport(name, source, query, intake, cost, "" if error is None else str(error), kind)


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


def _built(settings: Settings, ledger: Ledger, clock: Clock) -> tuple[list[Listener], list[PollReport]]:
    """The listeners of the configuration; a source that cannot be built is noted under an empty query."""
    listeners: list[Listener] = []
    reports: list[PollReport] = []
    failing = {status.listener for status in ledger.statuses() if not status.query and not status.healthy}
    for source in settings.sources:
        try:
            listeners.extend(build(source, settings.brands, secrets=secrets(), clock=clock))
        except ListenError as error:
            network = _NETWORKS.get(source.kind, source.kind)
            ledger.poll_started(source.name, network, "")
            ledger.poll_ended(source.name, "", error=error, next_poll=None)
            reports.append(_refused(source, network, error))
        else:
            if source.name in failing:
                ledger.poll_ended(source.name, "", error=None, next_poll=None)
    return listeners, reports


def _dollars_left(settings: Settings, ledger: Ledger, listener: Listener, clock: Clock) -> float:
    """What the listener's source may still cost in this UTC day and month."""
    source = next((source for source in settings.sources if source.name == listener.name), None)
    if source is None:
        return float("inf")
    today = clock().replace(hour=0, minute=0, second=0, microsecond=0)
    day, month = (ledger.spent(listener.name, since) for since in (today, today.replace(day=1)))
    return allowance(source, day=day, month=month)


def _refused(source: AnySource, network: str, error: ListenError) -> PollReport:
    return PollReport(source.name, network, "", error=str(error), error_kind=type(error).__name__)


def _patience(error: ListenError) -> timedelta | None:
    """How long to leave a source in peace after an error; None: it is asked in the next pass."""
    if isinstance(error, Retry):
        return RETRY if error.after is None else timedelta(seconds=error.after)
    return GONE if isinstance(error, Gone) else None


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


def _batches(listener: Listener, state: State, budget: Budget) -> Iterator[Batch]:
    """The batches of a poll, whether the listener starts to ask at once or with the first batch."""
    yield from listener.poll(state, budget)


def _next(batches: Iterator[Batch]) -> tuple[Batch | None, ListenError | None]:
    """The next batch, or none and the error that ended the poll, if one did."""
    try:
        return next(batches, None), None
    except ListenError as error:
        return None, error
    except Exception as defect:  # a defect of one listener must not silence the others
        said = f"{type(defect).__name__}: {defect}; this is a defect of Earnest, please report it"
        return None, ListenError(said)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that the block takes."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[name] = time.perf_counter() - began
