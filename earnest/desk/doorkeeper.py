"""Who comes in: the session behind a cookie, and whether its role may do what is asked.

An ASGI layer inside the guard and around every page, so that none can forget it. As long as the ledger
knows no person of the desk, everybody at this machine comes in and says who they are (`identity`).
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from earnest.desk import roles
from earnest.desk.rendering import page
from earnest.ledger.doors import Doors, Session
from earnest.ledger.errors import LedgerError

COOKIE = "earnest_session"
SECURE_COOKIE = "__Host-earnest_session"
"""Behind TLS. The prefix has browsers refuse it from other hosts, paths and plain http."""

BY_ITSELF = frozenset({"/live", "/cases/{case_id}/hold"})
"""What a page asks for without anybody doing anything: it keeps no session alive."""


class Doorkeeper:
    """Wraps `app`; refuses whoever is not signed in or may not, once people sign in."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the inner application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the cookie, then pass on or refuse."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            refusal = await run_in_threadpool(_look, request)
        except LedgerError as trouble:  # who asks cannot be known: nobody comes in
            refusal = _answer(request, 503, f"The ledger cannot be used just now: {trouble}.")
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def doors_of(request: Request) -> Doors:
    """The ledger's door."""
    doors: Doors = request.app.state.ledger.doors
    return doors


def cookie_name(request: Request) -> str:
    """The session cookie's name on this desk."""
    return SECURE_COOKIE if request.app.state.behind_tls else COOKIE


def lifetimes(request: Request) -> dict[str, timedelta]:
    """How long a session lives unused and at all, as the ledger's methods take them."""
    desk = request.app.state.settings.desk
    return {"idle": timedelta(minutes=desk.idle_minutes), "lasts": timedelta(hours=desk.session_hours)}


def address_of(request: Request) -> str:
    """Where the request comes from; the proxy's word where one is believed."""
    return request.client.host if request.client else ""


def still_in(request: Request) -> bool:
    """Whether the session a long answer began with is still open; True where nobody needs one."""
    if not doors_of(request).needed():
        return True
    return _session(request, used=False) is not None


def _session(request: Request, *, used: bool) -> Session | None:
    secret = request.cookies.get(cookie_name(request), "")
    if not secret:
        return None
    return doors_of(request).session(secret, used=used, **lifetimes(request))


def _look(request: Request) -> Response | None:
    """None for who may pass; their session is then in `request.state.session`."""
    request.state.session = None
    request.state.sign_in = doors_of(request).needed()
    if not request.state.sign_in:
        return None
    route = _route(request)
    session = _session(request, used=route not in BY_ITSELF)
    request.state.session = session
    if (request.method, route) in roles.OPEN:
        return None
    if session is None:
        return _unknown(request)
    if route == "":
        return None  # no such page: the application says so
    what = roles.wants(request.method, route)
    if not roles.allowed(session.role, what):
        return _may_not(request, session, what, route)
    if (request.method, route) in roles.AUDITED:
        kind = {"export.json": "export", "forget": "forget"}.get(request.url.path.rsplit("/", 1)[1], "wish")
        doors_of(request).note(kind, session.name, address_of(request), path=request.url.path)
    return None


def _route(request: Request) -> str:
    """The route's pattern, "" where the application has none for this method and path."""
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is Match.FULL:
            return str(getattr(route, "path", "?"))
    return ""


def _unknown(request: Request) -> Response:
    """To the sign-in page, and back afterwards; programs get a 401."""
    words = "Sign in first: this desk knows who works at it."
    if request.method not in {"GET", "HEAD"} and not _wants_json(request):
        words = "You were signed out before this arrived; nothing was changed. Sign in, go back, press again."
    if request.method not in {"GET", "HEAD"} or _wants_json(request):
        return _answer(request, 401, words)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/sign-in" if here == "/" else f"/sign-in?back={quote(here)}", 303)


def _may_not(request: Request, session: Session, what: roles.May | None, route: str) -> Response:
    doors_of(request).note(
        "refused", session.name, address_of(request), route=f"{request.method} {route}", role=session.role
    )
    words = f"As {session.role} you may not {what or 'do that'}."
    if what is not None:
        words += f" Ask a colleague who is {roles.who_may(what)}, or an admin for another role."
    return _answer(request, 403, words)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def _answer(request: Request, status: int, words: str) -> Response:
    """A refusal as a page or, for programs, as JSON."""
    if _wants_json(request):
        return JSONResponse({"detail": words}, status)
    return page(request, "error.html", status=status, message=words)
