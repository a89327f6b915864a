"""What was heard and what was not: every source and query over the last days, and what has gone deaf.

Put together from the ledger's log of polls and the configuration, which says what should be asked.
A source is deaf while it fails, is not asked in time, was never asked, or is quieter than its own
past makes likely; nothing here is called fine for want of news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from earnest import listened, quiet
from earnest.keeping import QUERY as RECHECK
from earnest.ledger import Ledger
from earnest.ledger.coverage import Hole
from earnest.ledger.views import SourceStatus
from earnest.settings import Settings, secrets
from listeners.listener import Clock, ListenError, utcnow
from listeners.registry import build
from listeners.sources import AnySource, XSource

LATE = timedelta(hours=2)
"""Not asked for so long beyond the time it was due, or three times its usual wait: overdue."""

NOBODY_ASKS = "which is longer than usual; see that earnest run or the listen DAG still runs"

Key = tuple[str, str]
"""Of a query: its listener's name, and what is asked."""

UNKNOWN_WAIT = timedelta(days=1)
"""Taken for a query's usual wait until it was asked three times."""


class DayState(StrEnum):
    """What a day was like, in a word."""

    HEARD = "heard"
    GAP = "gap"
    FAILED = "failed"
    SILENT = "silent"
    NOT_ASKED = "not asked"


class Trouble(StrEnum):
    """Why a source or query is deaf."""

    FAILING = "failing"
    OVERDUE = "not asked in time"
    NEVER = "never asked"
    QUIET = "quieter than usual"


@dataclass(slots=True)
class Day:
    """One day of a query or source. failed: polls that failed; deaf: queries of which every poll failed."""

    day: date
    posts: int = 0
    polls: int = 0
    failed: int = 0
    gaps: int = 0
    deaf: int = 0
    cost: float = 0.0

    @property
    def state(self) -> DayState:
        """The worst of the day that a person should know: failed before gap before heard before silent."""
        if self.deaf:
            return DayState.FAILED
        if self.gaps:
            return DayState.GAP
        if self.posts:
            return DayState.HEARD
        return DayState.SILENT if self.polls else DayState.NOT_ASKED

    def add(self, other: Day) -> None:
        """Take in another query's same day."""
        self.posts += other.posts
        self.polls += other.polls
        self.failed += other.failed
        self.gaps += other.gaps
        self.deaf += other.deaf
        self.cost += other.cost


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why somebody should look: the kind, and a sentence that says it with the mend where there is one."""

    trouble: Trouble
    words: str


@dataclass(frozen=True, slots=True)
class QueryCoverage:
    """One query of a source. asked: it still is (the configuration has it). status: None: never asked."""

    listener: str
    query: str
    asked: bool
    status: SourceStatus | None
    days: tuple[Day, ...]
    holes: tuple[Hole, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """One source of the configuration with its queries; `alarms` are of the source as a whole.

    source: the network. configured: False where only the ledger still knows it.
    """

    name: str
    source: str
    configured: bool
    days: tuple[Day, ...]
    queries: tuple[QueryCoverage, ...]
    alarms: tuple[Alarm, ...]

    @property
    def deaf(self) -> bool:
        """Whether the source or one of its queries has an alarm."""
        return bool(self.alarms) or any(query.alarms for query in self.queries)

    @property
    def told(self) -> tuple[tuple[str, Alarm], ...]:
        """Every alarm with the query it is about, "" for the whole source."""
        own = [("", alarm) for alarm in self.alarms]
        return tuple(own + [(query.query, alarm) for query in self.queries for alarm in query.alarms])


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every source over `days` (in the desk's zone, the last one today)."""

    now: datetime
    days: tuple[date, ...]
    sources: tuple[SourceCoverage, ...]

    @property
    def deaf(self) -> tuple[SourceCoverage, ...]:
        """The sources that somebody should look at."""
        return tuple(source for source in self.sources if source.deaf)


def coverage(settings: Settings, ledger: Ledger, *, days: int = 14, clock: Clock = utcnow) -> Coverage:
    """The last `days` days of every source, today included. Networks are not asked.

    What should be asked is taken from the configuration where its keys are set; without them, what
    the ledger has of a configured source counts as asked still.
    """
    now = clock()
    zone = ZoneInfo(settings.desk.time_zone)
    today = now.astimezone(zone).date()
    shown = tuple(today - timedelta(days=back) for back in range(days - 1, -1, -1))
    heard = _Heard(now, zone, shown)
    heard.read(ledger)
    configured = {source.name: source for source in settings.sources}
    names = sorted({*configured, *(name for name, _ in heard.statuses)})
    return Coverage(now, shown, tuple(_source(name, configured.get(name), settings, heard) for name in names))


def as_json(seen: Coverage) -> dict[str, Any]:
    """Everything that is known, with the state of every day and source in a word."""
    return {
        "now": seen.now,
        "days": seen.days,
        "deaf": [source.name for source in seen.deaf],
        "sources": [
            {**_told(source), "queries": [_told(query) for query in source.queries]}
            for source in seen.sources
        ],
    }


def _told(one: Any) -> dict[str, Any]:
    return {**asdict(one), "days": [{**asdict(day), "state": day.state} for day in one.days]}


@dataclass(slots=True)
class _Heard:
    """What the ledger knows, by (listener, query)."""

    now: datetime
    zone: ZoneInfo
    shown: tuple[date, ...]
    statuses: dict[Key, SourceStatus] = field(default_factory=dict)
    days: dict[Key, dict[date, Day]] = field(default_factory=dict)
    holes: dict[Key, list[Hole]] = field(default_factory=dict)
    series: dict[Key, listened.Series] = field(default_factory=dict)

    def read(self, ledger: Ledger) -> None:
        """Take everything in, a stream at a time."""
        start = datetime.combine(self.shown[0], time.min, self.zone).astimezone(self.now.tzinfo)
        past = min(start, self.now - timedelta(hours=quiet.HISTORY))
        for status in ledger.statuses():
            # Rechecks, and sources that could not be put together, are told of while they fail only.
            if status.last_asked is not None and not (status.healthy and status.query in {"", RECHECK}):
                self.statuses[status.listener, status.query] = status
        for hour in ledger.polls_by_hour(start):
            day = self.day((hour.listener, hour.query), hour.hour.astimezone(self.zone).date())
            day.polls += hour.polls
            day.failed += hour.failed
            day.posts += hour.posts
            day.cost += hour.cost
        for poll in ledger.heard_by_poll(past):
            self.series.setdefault((poll.listener, poll.query), listened.Series()).take(poll)
        for hole in ledger.holes(past):
            key = hole.listener, hole.query
            self.series.setdefault(key, listened.Series()).miss(hole, self.now)
            first, last = (w.astimezone(self.zone).date() for w in listened.bounds(hole, self.now))
            if last >= self.shown[0]:
                self.holes.setdefault(key, []).append(hole)
            for when in self.shown:
                if first <= when <= last:
                    self.day(key, when).gaps += 1

    def day(self, key: Key, when: date) -> Day:
        """The day of a query, made where it is missing."""
        return self.days.setdefault(key, {}).setdefault(when, Day(when))

    def picture(self, key: Key) -> tuple[Day, ...]:
        """The days shown of a query."""
        days = tuple(self.day(key, when) for when in self.shown)
        for day in days:
            day.deaf = int(0 < day.polls == day.failed)
        return days


def _source(name: str, source: AnySource | None, settings: Settings, heard: _Heard) -> SourceCoverage:
    known = [query for of, query in heard.statuses if of == name]
    wanted = _wanted(source, settings, known, heard)
    queries = [
        _query((name, query), source is not None and query in wanted, heard)
        for query in sorted({*known, *(wanted if known else ())})
    ]
    days = tuple(Day(when) for when in heard.shown)
    for query in queries:
        for day, own in zip(days, query.days, strict=True):
            day.add(own)
    network = next((q.status.source for q in queries if q.status), source.kind if source else "")
    alarms: list[Alarm] = []
    if source is not None and not known:
        alarms.append(Alarm(Trouble.NEVER, f"earnest listen {name} asks it"))
    elif source is not None:
        queries, alarms = _gathered(queries)
        alarms += _quiet_as_a_whole(source, queries, heard)
    return SourceCoverage(name, network, source is not None, days, tuple(queries), tuple(alarms))


def _wanted(source: AnySource | None, settings: Settings, known: Sequence[str], heard: _Heard) -> set[str]:
    """The queries that should be asked of a source."""
    if source is None:
        return set()
    # A source or its recheck that fails as a whole is known under a query of its own.
    failing = {query for query in known if query in {"", RECHECK}}
    try:
        listeners = build(source, settings.brands, secrets=secrets(), clock=lambda: heard.now)
    except ListenError:  # its keys are not set here; whoever listens may have them
        return set(known)
    return {listener.query for listener in listeners} | failing


def _query(key: Key, asked: bool, heard: _Heard) -> QueryCoverage:
    status = heard.statuses.get(key)
    alarms = _alarms(key, status, heard) if asked else ()
    holes = tuple(heard.holes.get(key, ()))
    return QueryCoverage(*key, asked, status, heard.picture(key), holes, alarms)


def _alarms(key: Key, status: SourceStatus | None, heard: _Heard) -> tuple[Alarm, ...]:
    """What is wrong with a query that should be asked: the cause where one is known, else the silence."""
    if status is None:
        return (Alarm(Trouble.NEVER, "the next earnest run asks it"),)
    if not status.healthy:
        return (Alarm(Trouble.FAILING, status.error),)
    series = heard.series.get(key)
    if series is None or status.last_asked is None:
        return ()
    wait = series.wait or UNKNOWN_WAIT
    due = max(status.last_asked, status.next_poll or status.last_asked)
    if heard.now - due > max(LATE, 3 * wait):
        return (
            Alarm(Trouble.OVERDUE, f"not asked for {_span(heard.now - status.last_asked)}, {NOBODY_ASKS}"),
        )
    if found := series.judge():
        return (Alarm(Trouble.QUIET, found.words),)
    return ()


def _gathered(queries: Sequence[QueryCoverage]) -> tuple[list[QueryCoverage], list[Alarm]]:
    """Said once for the source where all its queries have the same trouble of the same cause."""
    asked = [query for query in queries if query.asked]
    told = {alarm for query in asked for alarm in query.alarms}
    kinds = {alarm.trouble for alarm in told}
    everywhere = len(asked) > 1 and all(query.alarms for query in asked)
    if everywhere and (len(told) == 1 or kinds == {Trouble.OVERDUE}):
        one = min(told, key=lambda alarm: alarm.words)
        return (
            [replace(query, alarms=()) for query in queries],
            [Alarm(one.trouble, f"all {len(asked)} queries: {one.words}")],
        )
    return list(queries), []


def _quiet_as_a_whole(source: AnySource, queries: Sequence[QueryCoverage], heard: _Heard) -> list[Alarm]:
    """Many queries that are rare each may be a lot together; where one is quiet, that is told instead.

    The queries of X are cut from the brands by Earnest itself: what an earlier cut brought is this
    source's past too. Elsewhere a query that is asked no more was taken out by a person.
    """
    if any(alarm.trouble is Trouble.QUIET for query in queries for alarm in query.alarms):
        return []
    own = [query for query in queries if query.asked or isinstance(source, XSource)]
    whole = [heard.series[key] for query in own if (key := (query.listener, query.query)) in heard.series]
    if len(whole) < 2:
        return []
    found = listened.together(whole).judge()
    return [Alarm(Trouble.QUIET, f"all {len(whole)} queries together: {found.words}")] if found else []


def _span(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
