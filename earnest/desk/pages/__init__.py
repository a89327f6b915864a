"""One module per page; `ROUTERS` is all of them."""

from __future__ import annotations

from earnest.desk.pages import (
    acts,
    api,
    case,
    coverage,
    dismissed,
    live,
    person,
    queue,
    reply,
    search,
    status,
    why,
    you,
)

ROUTERS = (
    queue.router,
    live.router,
    case.router,
    acts.router,
    reply.router,
    person.router,
    search.router,
    dismissed.router,
    why.router,
    status.router,
    coverage.router,
    you.router,
    api.router,
)
