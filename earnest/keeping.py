"""Keeping faith with the networks and the people on them: gone there, gone here.

For every network that can be asked, posts held are asked about in time, longest ago first; what is
gone is erased, what was edited is understood anew. Where a network lets nobody keep words for long,
words that no case needs are erased. What is overdue is counted and told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from earnest.ledger import Ledger
from earnest.settings import Settings
from listeners.listener import Batch, Budget, Clock, ListenError, utcnow
from listeners.recheck import Rechecked, Rechecker, rechecker
from listeners.registry import allowance
from listeners.sources import RedditSource, XSource

QUERY = "recheck"
"""What rechecking is called where polls are listed: under its source, beside its queries."""

_EXPIRE = 1000  # posts to a transaction

Progress = Callable[[str, int], None]
"""Told after every request: the network, and how many posts were asked about."""


@dataclass(slots=True)
class KeepReport:
    """What was done about one network. overdue: posts past their deadline that nobody asked about."""

    source: str
    network: str
    asked: int = 0
    gone: int = 0
    expired: int = 0
    overdue: int = 0
    cost: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Round:
    """One network's turn."""

    source: Rechecked
    network: Rechecker
    ledger: Ledger
    clock: Clock
    progress: Progress | None = None
    passed: set[str] = field(default_factory=set)  # ids that were answered for, or cannot be asked


def keep_faith(
    settings: Settings,
    ledger: Ledger,
    *,
    secrets: Mapping[str, str],
    clock: Clock = utcnow,
    progress: Progress | None = None,
    seconds: float = 600.0,
) -> list[KeepReport]:
    """Ask about everything that is due and let go of what may not be kept; one report per network.

    The first source of a network asks for all of them. seconds: for the whole of it. A network that
    fails never stops the others.
    """
    until = time.monotonic() + seconds
    reports: list[KeepReport] = []
    for source in _first_of_each(settings):
        report = KeepReport(source.name, source.kind)
        reports.append(report)
        network = rechecker(source, secrets=secrets, clock=clock)
        before = clock() - timedelta(hours=source.recheck_hours)
        if network is None:
            report.error = "not asked: its keys are not set"
        else:
            left = max(until - time.monotonic(), 0.0)
            _recheck(_Round(source, network, ledger, clock, progress), report, before, left)
        if isinstance(source, RedditSource):
            report.expired = _expire(ledger, source.kind, clock() - timedelta(hours=source.keep_hours))
        report.overdue = ledger.overdue(source.kind, before)
    return reports


def overdue(settings: Settings, ledger: Ledger, *, clock: Clock = utcnow) -> dict[str, int]:
    """network → posts whose deadline to be asked about has passed, for networks where there are some."""
    counts = {
        source.kind: ledger.overdue(source.kind, clock() - timedelta(hours=source.recheck_hours))
        for source in _first_of_each(settings)
    }
    return {network: count for network, count in counts.items() if count}


def _first_of_each(settings: Settings) -> Iterator[Rechecked]:
    seen: set[str] = set()
    for source in settings.sources:
        if isinstance(source, Rechecked) and source.kind not in seen:
            seen.add(source.kind)
            yield source


def _recheck(turn: _Round, report: KeepReport, before: datetime, seconds: float) -> None:
    """Ask about one network's posts until none is due, the money or time is spent, or it fails."""
    ledger, name = turn.ledger, turn.source.name
    budget = Budget(requests=10_000, seconds=seconds, dollars=_dollars(turn))
    ledger.poll_started(name, turn.network.source, QUERY)
    error: ListenError | None = None
    try:
        while ids := _due(turn, before):
            most = len(ids)
            if turn.network.price:
                most = min(most, int((budget.dollars - budget.spent) / turn.network.price + 1e-6))
            if most == 0 or not budget.allows():
                break
            _ask(turn, report, ids[:most], budget)
    except ListenError as failed:
        error = failed
        report.error = str(failed)
    ledger.poll_ended(name, QUERY, error=error, next_poll=None)


def _ask(turn: _Round, report: KeepReport, ids: list[str], budget: Budget) -> None:
    """One request, and its answer into the ledger: posts as they are now, deletions, and the time."""
    checked = turn.network.check(ids, budget)
    # As context: an edit is understood anew, and what was only context stays so.
    batch = Batch(next_state={}, context=checked.posts, deletions=checked.deletions, cost=checked.cost)
    taken = turn.ledger.commit_batch(turn.source.name, batch, query=QUERY, source=turn.network.source)
    turn.ledger.mark_checked(turn.network.source, checked.asked)
    turn.passed.update(ids)
    report.asked += len(checked.asked)
    report.gone += taken.deleted
    report.cost += checked.cost
    if turn.progress is not None:
        turn.progress(turn.network.source, report.asked)


def _due(turn: _Round, before: datetime) -> list[str]:
    """The next ids to ask about. Those that no network gave are noted as seen to."""
    while True:
        limit = turn.network.most + len(turn.passed)
        ids = [
            one
            for one in turn.ledger.posts_to_recheck(turn.network.source, before, limit)
            if one not in turn.passed
        ]
        strange = [one for one in ids if not turn.network.knows(one)]
        if not strange:
            return ids[: turn.network.most]
        turn.ledger.mark_checked(turn.network.source, strange)
        turn.passed.update(strange)


def _dollars(turn: _Round) -> float:
    """What asking may still cost today."""
    if not isinstance(turn.source, XSource):
        return float("inf")
    today = turn.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    name = turn.source.name
    day, month = (turn.ledger.spent(name, since) for since in (today, today.replace(day=1)))
    own = turn.source.recheck_dollars - turn.ledger.spent(name, today, QUERY)
    return max(min(own, allowance(turn.source, day=day, month=month)), 0.0)


def _expire(ledger: Ledger, network: str, before: datetime) -> int:
    expired = 0
    while gone := ledger.expire(network, before, _EXPIRE).posts:
        expired += gone
    return expired
