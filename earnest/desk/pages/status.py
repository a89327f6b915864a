"""Where we listen: when each source was last heard, how much, what failed, and where we were deaf."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import Response

from earnest.desk.pages.coverage import glance
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.views import SourceStatus

router = APIRouter(include_in_schema=False)

SILENT = timedelta(hours=24)


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
