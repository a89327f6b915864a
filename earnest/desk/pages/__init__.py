"""One module per page; `routes()` is what all of them answer."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from earnest.desk.description import SECURED
from earnest.desk.pages import (
    acts,
    api,
    api_audit,
    api_case,
    api_door,
    api_habits,
    api_links,
    api_overview,
    api_people,
    audit,
    bulk,
    case,
    coverage,
    dismissed,
    door,
    elsewhere,
    keys,
    links,
    live,
    metrics,
    overview,
    own,
    person,
    queue,
    reply,
    search,
    sign_in,
    status,
    views,
    why,
    you,
)

ROUTERS = (
    queue.router,
    views.router,
    bulk.router,
    live.router,
    metrics.router,
    case.router,
    acts.router,
    reply.router,
    links.router,
    person.router,
    search.router,
    dismissed.router,
    why.router,
    audit.router,
    status.router,
    coverage.router,
    overview.router,
    you.router,
    keys.router,
    own.router,
    door.router,
    sign_in.router,
    elsewhere.router,
    api.router,
    api_overview.router,
    api_audit.router,
    api_case.router,
    api_people.router,
    api_door.router,
    api_habits.router,
    api_links.router,
)


@cache
def routes() -> tuple[BaseRoute, ...]:
    """Every route of the desk, made once in a process: it takes longer than answering ten requests."""
    whole = APIRouter()
    for router in ROUTERS:
        whole.include_router(router, dependencies=SECURED if router.prefix.startswith("/api") else None)
    return tuple(whole.routes)
