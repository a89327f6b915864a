"""The first stage of a pass: every query that is due is polled, and what it brings is kept.

Different hosts are asked at the same time, in threads that do nothing but fetch; one host is asked by
one at a time, its queries in the order of the configuration. Everything else, above all each
transaction, is done in the caller's thread: a batch is committed with its cursor before its listener
fetches the next, so whatever ends a pass, and whenever, nothing is lost and nothing stored twice.
There is no queue: no more than one batch of each host that is being asked is ever held.

What hangs on who answers first is the order in which hosts that were asked at the same time are heard:
which of two sources is named as the one that heard a post first, if both carry it. Each query's own
batches keep their order, and of those that are there at the same time, the order of the configuration
decides. With `hosts_at_once: 1` nothing hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from earnest.at_once import Lane, take_turns
from earnest.ledger import Ledger
from earnest.ledger.views import Intake
from earnest.progress import Progress
from earnest.settings import Settings, secrets
from listeners.listener import (
    Batch,
    Budget,
    Clock,
    Gone,
    Hosted,
    Listener,
    ListenError,
    Retry,
    State,
    utcnow,
)
from listeners.registry import allowance, build
from listeners.sources import AnySource

RETRY = timedelta(minutes=1)  # where the network does not say when to ask again
GONE = timedelta(days=1)  # how long a source that is no more is left in peace

_NETWORKS = {"blogs": "blog"}
"""kind of a configured source → the network its posts are of, where the two differ."""

_Fetched = tuple[Batch | None, ListenError | None]
"""A batch; or none at the end of a poll, with the error that ended it, if one did."""


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
    refused: list[PollReport] = []
    if listeners is None:
        listeners, refused = _built(settings, ledger, clock)
    at_once = settings.desk.hosts_at_once
    apart = hosts_apart(listeners) if at_once > 1 else [list(enumerate(listeners))]
    this = _Round(settings, ledger, clock, force=force, told=_Told(progress, len(listeners)))
    take_turns([this.lane(own) for own in apart], at_once)
    return [*refused, *(this.reports[place] for place in range(len(listeners)))]


def hosts_apart(listeners: Sequence[Listener]) -> list[list[tuple[int, Listener]]]:
    """The listeners with their places, by the host that they ask; a source that names none is its own."""
    apart: dict[tuple[str, str], list[tuple[int, Listener]]] = {}
    for place, listener in enumerate(listeners):
        host = _host(listener)
        apart.setdefault((host, "" if host else listener.name), []).append((place, listener))
    return list(apart.values())


def _host(listener: Listener) -> str:
    return listener.host if isinstance(listener, Hosted) else ""


class _Told:
    """What is told while it goes on: posts heard, queries asked, and whose answer is waited for."""

    def __init__(self, progress: Progress | None, queries: int) -> None:
        self._progress = progress
        self._queries, self._asked, self._posts = queries, 0, 0
        self._waiting: dict[str, None] = {}

    def leaves_out(self) -> None:
        """A query is not due."""
        self._queries -= 1

    def asks(self, whom: str) -> None:
        """A query is begun; whom: its host."""
        self._waiting[whom] = None
        self._tell()

    def hears(self, posts: int) -> None:
        """So many posts were new."""
        self._posts += posts
        self._tell()

    def ends(self, whom: str) -> None:
        """A query is done with."""
        self._asked += 1
        self._waiting.pop(whom, None)
        self._tell()

    def _tell(self) -> None:
        if self._progress is None:
            return
        said = f"posts, {self._asked} of {self._queries} queries"
        if self._waiting:  # the one that was asked first is the one that everybody may be waiting for
            said += f", asking {next(iter(self._waiting))}"
        if len(self._waiting) > 1:
            said += f" and {len(self._waiting) - 1} more"
        self._progress("listen", self._posts, said)


class _Round:
    """One round over all listeners: who is due, what each may spend, and how each went."""

    def __init__(self, settings: Settings, ledger: Ledger, clock: Clock, *, force: bool, told: _Told) -> None:
        self.reports: dict[int, PollReport] = {}
        self._settings = settings
        self._ledger = ledger
        self._clock = clock
        self._force = force
        self._told = told
        self._due = {(one.listener, one.query): one.next_poll for one in ledger.statuses()}

    def lane(self, listeners: Sequence[tuple[int, Listener]]) -> Lane[_Fetched]:
        """Poll these one after another, each under its place in the reports."""
        for place, listener in listeners:
            when = self._due.get((listener.name, listener.query))
            if not self._force and when is not None and when > self._clock():
                self._told.leaves_out()
                report = PollReport(listener.name, listener.source, listener.query, not_due=True)
                self.reports[place] = report
                continue
            budget = Budget(
                requests=self._settings.desk.requests_per_pass,
                seconds=self._settings.desk.seconds_per_pass,
                dollars=_dollars_left(self._settings, self._ledger, listener, self._clock),
            )
            self._told.asks(whom := _host(listener) or listener.name)
            self.reports[place] = yield from self._poll(listener, budget)
            self._told.ends(whom)

    def _poll(
        self, listener: Listener, budget: Budget
    ) -> Generator[Callable[[], _Fetched], _Fetched, PollReport]:
        """Poll one query once. Only what is yielded may be done in another thread."""
        name, source, query = listener.name, listener.source, listener.query
        self._ledger.poll_started(name, source, query)
        intake, cost = Intake(), 0.0
        wait: timedelta | None = None
        batches = _batches(listener, self._ledger.state(name, query), budget)
        while True:
            batch, error = yield partial(_next, batches)
            if batch is None:
                break
            took = self._ledger.commit_batch(name, batch, query=query, source=source)
            intake, cost = intake + took, cost + batch.cost
            wait = None if batch.retry_after is None else timedelta(seconds=batch.retry_after)
            del batch  # it is stored; the next may be as large
            self._told.hears(took.new)
        if error is not None:
            wait = _patience(error)
        next_poll = None if wait is None else self._clock() + wait
        self._ledger.poll_ended(name, query, error=error, next_poll=next_poll)
        kind = "" if error is None else type(error).__name__
        return PollReport(name, source, query, intake, cost, "" if error is None else str(error), kind)


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


def _batches(listener: Listener, state: State, budget: Budget) -> Iterator[Batch]:
    """The batches of a poll, whether the listener starts to ask at once or with the first batch."""
    yield from listener.poll(state, budget)


def _next(batches: Iterator[Batch]) -> _Fetched:
    """The next batch, or none and the error that ended the poll, if one did."""
    try:
        return next(batches, None), None
    except ListenError as error:
        return None, error
    except Exception as defect:  # a defect of one listener must not silence the others
        said = f"{type(defect).__name__}: {defect}; this is a defect of Earnest, please report it"
        return None, ListenError(said)
