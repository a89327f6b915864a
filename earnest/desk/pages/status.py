"""Where we listen: when each source was last heard, how much, what failed, and where we were deaf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import Response

from earnest.desk.glances import glance
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.outbox import Standing
from earnest.ledger.views import SourceStatus
from earnest.telling.passing import standings

router = APIRouter(include_in_schema=False)

SILENT = timedelta(hours=24)
UNHEARD = timedelta(minutes=30)
"""A message that waits so long and was not even tried: nobody tells."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told what happens, how that goes in a word, and what would mend it."""

    standing: Standing
    health: str
    mend: str

    @classmethod
    def of(cls, one: Standing, now: datetime) -> Receiver:
        """Judge a standing: what was given up before what fails, before what nobody tries."""
        if one.dead:
            return cls(one, "failing", f"Mend the receiver, then: earnest tell --again {one.target}")
        if one.failing_since is not None:
            return cls(one, "failing", "It is tried again by itself. Try it now: earnest tell")
        if one.oldest is not None and now - one.oldest > UNHEARD:
            return cls(one, "silent", "Waits for its hours, or nobody tells: earnest tell says which.")
        return cls(one, "listening" if one.delivered_at else "not told yet", "")


@router.get("/status")
def status(request: Request) -> Response:
    """Show every source, grouped by its configured name."""
    ledger: Ledger = request.app.state.ledger
    now: datetime = request.app.state.clock()
    rows = sorted(ledger.statuses(), key=lambda s: (s.listener, s.query))
    groups = [(name, list(of)) for name, of in groupby(rows, key=lambda s: s.listener)]
    named = {source.name for source in request.app.state.settings.sources}
    unheard = sorted(named - {name for name, _ in groups})
    return page(
        request,
        "status.html",
        groups=groups,
        unheard=unheard,
        deaf=glance(request).deaf,
        stopped=ledger.blown_fuses(),
        receivers=[Receiver.of(one, now) for one in standings(request.app.state.settings.desk.tell, ledger)],
        health=lambda row: health(row, now),
        total={"posts": sum(r.posts for r in rows), "failing": sum(not r.healthy for r in rows)},
    )


def health(row: SourceStatus, now: datetime) -> str:
    """One word or two on how a source is doing."""
    if not row.healthy:
        return "failing"
    if row.last_asked is None:
        return "not asked yet"
    if row.last_heard is None or now - row.last_heard > SILENT:
        return "silent"
    return "listening"
