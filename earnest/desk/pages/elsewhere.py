"""Signing in elsewhere: to the identity provider, and back with its word on who it is."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import RedirectResponse, Response

from earnest.desk import identity
from earnest.desk.doorkeeper import address_of, doors_of
from earnest.desk.oidc import NotSignedIn, Provider
from earnest.desk.pace import Pace
from earnest.desk.pages.sign_in import ask, let_in
from earnest.desk.pages.ways import local_path
from earnest.ledger.doors import DeskPerson

router = APIRouter(include_in_schema=False)

AT_ONCE = 4
"""Sign-ins that speak to the provider at the same time: a slow one must not keep the desk's threads."""
A_MINUTE = 30
"""Sign-ins that one address may begin or end in a minute."""
LASTS = timedelta(minutes=10)
"""How long one may take at the provider."""
COOKIE = "earnest_oidc"
"""What was sent along to the provider, signed by the desk: only this browser can come back with it."""
BACK = "/sign-in/oidc/back"

Given = Annotated[str, Query(max_length=4000)]


@router.get("/sign-in/oidc")
async def go(request: Request, back: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """Send the browser to the provider."""
    provider = _provider(request)
    if _too_many(request):
        return ask(request, back, problem="Too many sign-ins came from here. Wait a minute.", status=429)
    limiter: CapacityLimiter = request.app.state.oidc_limiter
    try:
        begun = await to_thread.run_sync(provider.begin, _own(request), limiter=limiter)
    except NotSignedIn as refused:
        await to_thread.run_sync(_note, request, refused)
        return ask(request, back, problem=str(refused), status=502)
    now: datetime = request.app.state.clock()
    kept = {
        "state": begun.state,
        "nonce": begun.nonce,
        "verifier": begun.verifier,
        "back": local_path(back),
        "until": (now + LASTS).isoformat(),
    }
    response = RedirectResponse(begun.address, 303)
    response.set_cookie(
        _cookie(request),
        request.app.state.seal.wrap("oidc", kept),
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",  # strict would not come back from the provider
        secure=bool(request.app.state.behind_tls),
    )
    return response


@router.get(BACK)
async def come_back(
    request: Request, code: Given = "", state: Given = "", error: Given = "", iss: Given = ""
) -> Response:
    """Open a session for whom the provider knows and desk.yaml lets in. What was begun is good once."""
    provider = _provider(request)
    kept = request.app.state.seal.unwrap("oidc", request.cookies.get(_cookie(request), "")) or {}
    back = kept.get("back", "/")
    if _too_many(request):
        return ask(request, back, problem="Too many sign-ins came from here. Wait a minute.", status=429)
    limiter: CapacityLimiter = request.app.state.oidc_limiter
    try:
        if iss and iss != provider.settings.issuer:
            raise NotSignedIn("Another provider than ours sent you here. Begin again.", "another issuer")
        _fits(request, kept, state)
        if error or not code:
            words = "The identity provider let you not in. Begin again, or ask an admin."
            raise NotSignedIn(words, f"the provider said: {error[:60]}")
        secret = await to_thread.run_sync(_come_in, request, provider, code, kept, limiter=limiter)
    except NotSignedIn as refused:
        await to_thread.run_sync(_note, request, refused)
        response = ask(request, back, problem=str(refused), status=403)
    else:
        response = let_in(request, secret, back)
    response.delete_cookie(_cookie(request), httponly=True, secure=bool(request.app.state.behind_tls))
    return response


def _come_in(request: Request, provider: Provider, code: str, kept: dict[str, str]) -> str:
    """The new session's secret. Raises NotSignedIn."""
    came = provider.finish(code, nonce=kept["nonce"], verifier=kept["verifier"], back=_own(request))
    person = _person(
        request, provider.settings.issuer, came.subject, identity.clean_name(came.name), came.role
    )
    if person.disabled_at is not None:
        words = f"{person.name} may not come in any more. Ask an admin of the desk."
        raise NotSignedIn(words, "disabled", subject=came.subject)
    secret = secrets.token_urlsafe(32)
    doors_of(request).begin(
        person,
        secret,
        address=address_of(request),
        browser=request.headers.get("user-agent", ""),
        by=provider.settings.issuer,
    )
    return secret


def _person(request: Request, issuer: str, subject: str, name: str, role: str) -> DeskPerson:
    """The desk's person behind a subject, with the role the provider gives them today."""
    doors = doors_of(request)
    person = doors.identities.person(issuer, subject)
    if person is not None:
        if person.role != role and person.disabled_at is None:
            doors.set_role(person.name, role, by=issuer)
        return person
    if not name:
        words = "The identity provider tells no name of yours. An admin mends that: oidc, name, in desk.yaml."
        raise NotSignedIn(words, "no name", subject=subject)
    try:
        return doors.identities.add(name, role, issuer=issuer, subject=subject, by=issuer)
    except ValueError:
        words = (
            f"Somebody named {name} works at this desk already. If that is you, an admin says so: "
            f'earnest people link "{name}" {subject}'
        )
        raise NotSignedIn(words, f"the name {name} is taken", subject=subject) from None


def _fits(request: Request, kept: dict[str, str], state: str) -> None:
    """Whether this browser began the sign-in it comes back from, not long ago."""
    now: datetime = request.app.state.clock()
    fine = kept and hmac.compare_digest(kept["state"].encode(), state.encode())
    if not fine or datetime.fromisoformat(kept["until"]) < now:
        words = "This sign-in was begun in another window, or too long ago. Begin again."
        raise NotSignedIn(words, "state does not fit")


def _note(request: Request, refused: NotSignedIn) -> None:
    details = {"why": refused.why[:300]} | ({"subject": refused.subject} if refused.subject else {})
    doors_of(request).note("sign-in refused", "", address_of(request), **details)


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise HTTPException(404, "Nobody signs in elsewhere at this desk.")
    return provider


def _too_many(request: Request) -> bool:
    pace: Pace = request.app.state.pace
    return pace.ask("oidc", address_of(request), A_MINUTE) is not None


def _own(request: Request) -> str:
    """Where the provider sends browsers back to; the guard has judged the host's name."""
    here = request.app.state.behind_tls or f"http://{request.headers['host']}"
    return f"{here}{BACK}"


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if request.app.state.behind_tls else COOKIE
