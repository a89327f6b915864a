"""What Prometheus is told: how many wait in each queue and how long, claims, lost leases, the outbox.

Numbers only: no person, responder or word is in them. Counters begin with the desk's process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earnest.ledger import Ledger
from earnest.ledger.gauges import happened, queues
from earnest.telling.passing import standings
from earnest.telling.settings import Telling

STALE = 409
"""The status of a write that was refused since the case changed meanwhile."""


class Metrics(Collector):
    """Everything at /metrics, read from the ledger when it is asked for."""

    def __init__(self, ledger: Ledger, telling: Telling) -> None:
        """Count from now on: what happened before is not in the counters."""
        self.conflicts = 0
        self._ledger = ledger
        self._telling = telling
        self._lock = threading.Lock()
        self._last = ledger.last_event()
        self._claims = self._expired = 0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """The page, in Prometheus' own format."""
        with self._lock:  # two at once would count the same events twice
            return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The families, fresh."""
        now = self._ledger.clock()
        cases = GaugeMetricFamily("earnest_open_cases", "Open cases.", labels=["queue"])
        free = GaugeMetricFamily("earnest_free_cases", "Open cases that nobody has taken.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "earnest_oldest_seconds", "How long the longest waiting free case waits.", labels=["queue"]
        )
        late = GaugeMetricFamily(
            "earnest_overdue_cases", "Open cases whose due time has passed.", labels=["queue"]
        )
        for queue in queues(self._ledger.database):
            cases.add_metric([queue.queue], queue.open)
            free.add_metric([queue.queue], queue.free)
            oldest.add_metric([queue.queue], _age(queue.oldest, now))
            late.add_metric([queue.queue], queue.overdue)
        yield from (cases, free, oldest, late)
        yield from self._counters()
        waiting = GaugeMetricFamily(
            "earnest_outbox_waiting", "Messages not delivered yet.", labels=["target"]
        )
        lag = GaugeMetricFamily(
            "earnest_outbox_lag_seconds", "Age of the oldest message not delivered yet.", labels=["target"]
        )
        dead = GaugeMetricFamily("earnest_outbox_dead", "Messages that were given up.", labels=["target"])
        for one in standings(self._telling, self._ledger):
            waiting.add_metric([one.target], one.waiting)
            lag.add_metric([one.target], _age(one.oldest, now))
            dead.add_metric([one.target], one.dead)
        yield from (waiting, lag, dead)

    def _counters(self) -> Iterator[Metric]:
        since = happened(self._ledger.database, self._last)
        self._last = since.last
        self._claims += since.claims
        self._expired += since.lease_expiries
        yield CounterMetricFamily("earnest_claims", "Cases that were taken.", value=self._claims)
        yield CounterMetricFamily(
            "earnest_lease_expiries", "Cases that were taken and not touched in time.", value=self._expired
        )
        yield CounterMetricFamily(
            "earnest_conflicts", "Writes refused since the case had changed (409).", value=self.conflicts
        )


class Counted:
    """An ASGI layer that counts the conflicts among the answers of `app`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Keep the inner application and where to count."""
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the status of the answer."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == STALE:
                self.metrics.conflicts += 1
            await send(message)

        await self.app(scope, receive, watched)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
