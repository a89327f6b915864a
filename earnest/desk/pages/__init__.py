"""One module per page; `ROUTERS` is all of them."""

from __future__ import annotations

from earnest.desk.pages import acts, case, dismissed, queue, search, status, why, you

ROUTERS = (
    queue.router,
    case.router,
    acts.router,
    search.router,
    dismissed.router,
    why.router,
    status.router,
    you.router,
)
