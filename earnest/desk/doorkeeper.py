"""Who comes in: the session behind a cookie or the token of a program, and whether they may.

An ASGI layer inside the guard and around every page, so that none can forget it. As long as the ledger
knows no person of the desk, everybody at this machine comes in and says who they are (`identity`).
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from earnest.desk import roles
from earnest.desk.pace import Held, Pace
from earnest.desk.rendering import page
from earnest.ledger import reach
from earnest.ledger.doors import Doors, Session
from earnest.ledger.errors import LedgerError

COOKIE = "earnest_session"
SECURE_COOKIE = "__Host-earnest_session"
"""Behind TLS. The prefix has browsers refuse it from other hosts, paths and plain http."""

BY_ITSELF = frozenset({"/live", "/cases/{case_id}/hold"})
"""What a page asks for without anybody doing anything: it keeps no session alive."""

WRONG_TOKENS = 30
"""Tokens that open nothing, from one address in a minute; more are not even looked up."""


class Doorkeeper:
    """Wraps `app`; refuses whoever is not signed in or may not, once people sign in."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the inner application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at cookie or token, then pass on, within the queues they may see, or refuse."""
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
        session: Session | None = request.state.session
        with reach.within(session.queues if session is not None else None):
            await self.app(scope, receive, send)


def doors_of(request: Request) -> Doors:
    """The ledger's door."""
    doors: Doors = request.app.state.ledger.doors
    return doors


def people_sign_in(app: FastAPI) -> bool:
    """Whether one must sign in: somebody was let in, or an identity provider says who may be."""
    doors: Doors = app.state.ledger.doors
    return app.state.settings.desk.oidc is not None or doors.needed()


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
    """Whether the session a long answer began with is still open and sees the same queues.

    True where nobody needs one.
    """
    if not people_sign_in(request.app):
        return True
    session = _session(request, used=False)
    return session is not None and session.queues == reach.queues()


def _session(request: Request, *, used: bool) -> Session | None:
    secret = request.cookies.get(cookie_name(request), "")
    if not secret:
        return None
    return doors_of(request).session(secret, used=used, **lifetimes(request))


def _look(request: Request) -> Response | None:
    """None for who may pass; their session is then in `request.state.session`."""
    request.state.session = None
    request.state.sign_in = people_sign_in(request.app)
    if not request.state.sign_in:
        return None
    route = _route(request)
    secret = _bearer(request)
    if secret is not None:
        known = _program(request, secret)
        if isinstance(known, Response):
            return known
        session: Session | None = known
    else:
        session = _session(request, used=route not in BY_ITSELF)
    request.state.session = session
    if (request.method, route) in roles.OPEN:
        return None
    if session is None:
        return _unknown(request)
    if route == "":
        return None  # no such page: the application says so
    what = roles.wants(request.method, route)
    if not roles.allowed(session.role, what, session.scopes):
        return _may_not(request, session, what, route)
    if (held := _too_fast(request, session, route)) is not None:
        return held
    kind = roles.AUDITED.get((request.method, route))
    if kind is not None:
        by = {"token": session.token} if session.token else {}
        doors_of(request).note(kind, session.name, address_of(request), path=request.url.path, **by)
    return None


def _bearer(request: Request) -> str | None:
    """The token a program sends with a call of the API; None where it sends none."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if not request.url.path.startswith("/api/") or scheme.lower() != "bearer":
        return None
    return secret.strip()


def _program(request: Request, secret: str) -> Session | Response:
    """What a token stands for; a refusal for one that opens nothing, whatever cookie came with it."""
    doors, address = doors_of(request), address_of(request)
    pace: Pace = request.app.state.pace
    token = doors.tokens.of(secret)
    why = "it is none of this desk's" if token is None else token.ended(request.app.state.clock())
    if token is None or why:
        held = pace.ask("wrong token", address, WRONG_TOKENS)
        if held is not None:
            return _later(request, held, "Too many tokens that open nothing came from here.")
        if token is not None and pace.ask("told of token", token.prefix, 1) is None:
            doors.note("token refused", token.person, address, token=token.prefix, why=why)
        return _answer(request, 401, f"That token opens nothing: {why}. Make another on your own page.")
    doors.tokens.used(token)
    return Session(
        id=0,
        name=token.person,
        role=token.role,
        began_at=token.made_at,
        seen_at=request.app.state.clock(),
        address=address,
        browser="",
        person_id=token.person_id,
        queues=token.queues,
        token=token.prefix,
        scopes=token.scopes,
    )


def _too_fast(request: Request, session: Session, route: str) -> Response | None:
    """A 429 for who asks for more in a minute than anybody needs; each token counts by itself."""
    limits = request.app.state.settings.desk.limits
    who = session.token or f"person {session.person_id}"
    pace: Pace = request.app.state.pace
    asked = []
    if route.startswith("/api/"):
        asked.append(("calls", limits.calls_per_minute))
    if (request.method, route) in roles.COSTLY:
        asked.append(("costly", limits.costly_per_minute))
    for what, most in asked:
        held = pace.ask(what, who, most)
        if held is None:
            continue
        if held.first:
            more = {"token": session.token} if session.token else {}
            doors_of(request).note("too fast", session.name, address_of(request), route=route, **more)
        return _later(request, held, "That was too much in one minute.")
    return None


def _later(request: Request, held: Held, words: str) -> Response:
    plural = "" if held.seconds == 1 else "s"
    response = _answer(request, 429, f"{words} Try again in {held.seconds} second{plural}.")
    response.headers["Retry-After"] = str(held.seconds)
    return response


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
    details = {"route": f"{request.method} {route}", "role": session.role}
    if session.token:
        details["token"] = session.token
    doors_of(request).note("refused", session.name, address_of(request), **details)
    if session.token and roles.allowed(session.role, what):
        made = ", ".join(session.scopes or ())
        return _answer(request, 403, f"With this token you may not {what}: it was made for {made} alone.")
    words = f"As {session.role} you may not {what or 'do that'}."
    if what is not None:
        words += f" Ask a colleague who is {roles.who_may(what)}, or an admin for another role."
    return _answer(request, 403, words)


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def _answer(request: Request, status: int, words: str) -> Response:
    """A refusal as a page or, for programs, as JSON."""
    if _wants_json(request):
        headers = {"WWW-Authenticate": 'Bearer realm="earnest"'} if status == 401 else None
        return JSONResponse({"detail": words}, status, headers)
    return page(request, "error.html", status=status, message=words)
