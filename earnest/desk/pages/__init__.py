"""One module per page; `ROUTERS` is all of them."""

from __future__ import annotations

from earnest.desk.pages import (
    acts,
    api,
    case,
    coverage,
    dismissed,
    door,
    live,
    metrics,
    own,
    person,
    queue,
    reply,
    search,
    sign_in,
    status,
    why,
    you,
)

ROUTERS = (
    queue.router,
    live.router,
    metrics.router,
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
    own.router,
    door.router,
    sign_in.router,
    api.router,
)
