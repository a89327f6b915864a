"""Signing in and out: a name, a password, and as few words as possible to whoever guesses."""

from __future__ import annotations

import secrets
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from earnest.desk import identity, passwords
from earnest.desk.doorkeeper import address_of, cookie_name, doors_of
from earnest.desk.pages.ways import local_path
from earnest.desk.rendering import page

router = APIRouter(include_in_schema=False)

AT_ONCE = 2
"""Passwords checked at the same time. Each takes 64 MiB and a tenth of a second; the others wait in turn,
and no wrong guess overtakes the count of those before it by more than one."""
WRONG = "That name and password do not fit together."


@router.get("/sign-in")
def sign_in(request: Request, back: str = "/") -> Response:
    """Ask for name and password; whoever is in already goes on."""
    if not request.state.sign_in:
        return RedirectResponse("/you", 303)
    if request.state.session is not None:
        return RedirectResponse(local_path(back), 303)
    return ask(request, back)


@router.post("/sign-in")
async def come_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=2000)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Open a session for the right password; a cookie that stood before is never taken over."""
    identity.require_token(request, token)
    if not request.state.sign_in:
        return RedirectResponse("/you", 303)
    limiter: CapacityLimiter = request.app.state.password_limiter
    secret, held = await to_thread.run_sync(_try, request, name, password, limiter=limiter)
    if held:
        return ask(request, back, name=name, problem=held, status=429)
    if not secret:
        return ask(request, back, name=name, problem=WRONG, status=401)
    return let_in(request, secret, back)


def let_in(request: Request, secret: str, back: str) -> Response:
    """Give the browser its session, end the one that stood before, and go on."""
    response = RedirectResponse(local_path(back), 303)
    response.set_cookie(
        cookie_name(request), secret, httponly=True, samesite="lax", secure=bool(request.app.state.behind_tls)
    )
    if request.state.session is not None:
        doors_of(request).end(request.state.session.id, why="signed in anew", by=request.state.session.name)
    # a visit of its own: what was told to whoever sat here before is not told to this person
    keys = identity.visit_of(request).keys
    identity.keep(request, response, identity.Visit(secrets.token_urlsafe(16), keys=keys))
    return response


@router.post("/sign-out")
def sign_out(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """End this session, here and in the ledger; what the browser kept of it is cleared."""
    visit = identity.require_token(request, token)
    session = request.state.session
    if session is not None:
        doors_of(request).end(session.id, why="sign-out", by=session.name)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(
        cookie_name(request), httponly=True, samesite="lax", secure=bool(request.app.state.behind_tls)
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    identity.keep(request, response, identity.Visit(secrets.token_urlsafe(16), keys=visit.keys))
    return response


def _try(request: Request, name: str, password: str) -> tuple[str, str]:
    """The new session's secret, "" where it does not fit; and when to come back, where one must wait."""
    doors, here = doors_of(request), address_of(request)
    until = doors.held_until(name, here)
    if until is not None:
        when = until.astimezone(request.app.state.zone)
        return "", f"Too many wrong tries. Try again at {when:%H:%M}, or ask an admin for another password."
    known = doors.credentials(name)
    if not passwords.verify(known[1] if known else None, password) or known is None:
        doors.failed(name, here)
        if doors.held_until(name, here) is not None:
            doors.note("sign-in held", known[0].name if known else "", here)
        return "", ""
    person, kept = known
    if passwords.outdated(kept):
        doors.improve_hash(person.name, passwords.hash_password(password))
    secret = secrets.token_urlsafe(32)
    doors.begin(person, secret, address=here, browser=request.headers.get("user-agent", ""))
    return secret, ""


def ask(request: Request, back: str, *, name: str = "", problem: str = "", status: int = 200) -> Response:
    """The page, with what was wrong; by password, by the identity provider, or both."""
    oidc = request.app.state.settings.desk.oidc
    people = doors_of(request).people() if oidc is not None else []
    return page(
        request,
        "sign_in.html",
        status=status,
        back=local_path(back),
        problem=problem,
        name=name,
        elsewhere=oidc.button if oidc is not None else "",
        by_password=oidc is None or any(person.has_password for person in people),
    )
