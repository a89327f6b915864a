"""News as they come: how many people began to wait since a page was opened, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from earnest.desk.doorkeeper import still_in
from earnest.desk.filters import as_query, filters_of
from earnest.ledger import Ledger
from earnest.ledger.views import QueueQuery

router = APIRouter(include_in_schema=False)

EVERY = 1.0
"""Seconds between looks at the ledger; a look costs one index read."""
ALIVE = 20
"""After this many quiet looks a comment keeps proxies and the browser from giving up."""


@router.get("/live")
async def live(request: Request, since: Annotated[int, Query(ge=0, le=2**62)] = 0) -> Response:
    """Stream `news` events `{"count": n}` to a queue page that shows what happened up to event `since`."""
    query = as_query(filters_of(request), request)
    stream = news(request, request.app.state.ledger, query, since)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def news(request: Request, ledger: Ledger, query: QueueQuery, since: int) -> AsyncIterator[str]:
    """The stream's text: how many began to wait after event `since`, as it changes. Ends with the session."""
    seen, told, quiet = since, 0, 0
    yield "retry: 3000\n\n"
    while not request.app.state.closing.is_set():
        last = await run_in_threadpool(ledger.last_event)
        quiet += 1
        if last > seen:
            # what only changed hands is no news, and counting everything since a morning is work
            fresh = await run_in_threadpool(ledger.arrivals, query, seen)
            seen, count = last, told
            if fresh:
                count = await run_in_threadpool(ledger.arrivals, query, since)
            if not await run_in_threadpool(still_in, request):
                return
            if count != told:
                told, quiet = count, 0
                yield f"event: news\ndata: {json.dumps({'count': count})}\n\n"
        if quiet >= ALIVE:
            quiet = 0
            if not await run_in_threadpool(still_in, request):
                return
            yield ": still here\n\n"
        await asyncio.sleep(EVERY)
