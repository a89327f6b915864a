"""What a signed-in person keeps themselves: their password, their open sessions, their programs' tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from earnest.desk import identity, passwords, roles
from earnest.desk.doorkeeper import address_of, doors_of
from earnest.desk.pages.ways import send_to
from earnest.desk.pages.you import ask
from earnest.ledger.doors import Session
from earnest.ledger.tokens import LONGEST, Token

router = APIRouter(include_in_schema=False)

Password = Annotated[str, Form(max_length=2000)]


@router.post("/you/password")
async def change_password(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    present: Password = "",
    wanted: Password = "",
) -> Response:
    """Another password, for who knows the present one; every other session of theirs ends."""
    visit = identity.require_token(request, token)
    session = signed_in(request)
    limiter = request.app.state.password_limiter
    problem, ended = await to_thread.run_sync(_change, request, session, present, wanted, limiter=limiter)
    if problem:
        return ask(request, problem=problem, status=422)
    words = "Your password is changed." + (f" {ended} other session(s) of yours ended." if ended else "")
    return send_to(request, "/you", identity.tell(visit, words))


@router.post("/you/sessions/end")
def end_session(
    request: Request, token: Annotated[str, Form(max_length=200)], session: Annotated[int, Form(ge=1)]
) -> Response:
    """End one of one's own sessions."""
    visit = identity.require_token(request, token)
    me = signed_in(request)
    ended = doors_of(request).end(session, why="session ended", by=me.name, of=me.name)
    words = "That session is ended." if ended else "That session had ended already."
    return send_to(request, "/you", identity.tell(visit, words))


@router.post("/you/tokens")
def make_token(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    name: Annotated[str, Form(max_length=200)] = "",
    scope: Annotated[list[str] | None, Form(max_length=20)] = None,
    days: Annotated[int, Form(ge=1, le=LONGEST.days)] = 90,
) -> Response:
    """A token for a program; the page that answers shows its secret, and no page after it."""
    identity.require_token(request, token)
    try:
        made = make(request, signed_in(request), name, scope or [], days)
    except ValueError as unfit:
        words = f"{str(unfit)[:1].upper()}{str(unfit)[1:]}."
        return ask(request, problem=words, status=422)
    return ask(request, made=made)


@router.post("/you/tokens/revoke")
def revoke_token(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    number: Annotated[int, Form(ge=1, le=2**62)],
) -> Response:
    """Have one of one's own tokens open nothing any more."""
    visit = identity.require_token(request, token)
    me = signed_in(request)
    gone = doors_of(request).tokens.revoke(number, by=me.name, of=me.name)
    words = f"The token {gone.name} opens nothing any more." if gone else "That token was revoked already."
    return send_to(request, "/you", identity.tell(visit, words))


def make(request: Request, me: Session, name: str, scopes: list[str], days: int) -> tuple[Token, str]:
    """A token of one's own and its secret. ValueError: more than one may oneself, or no token at all."""
    mine = roles.scopes_of(me.role)
    beyond = [scope for scope in scopes if scope not in mine]
    if beyond:
        raise ValueError(
            f"as {me.role} you may not give {', '.join(beyond)[:200]}; you have {', '.join(mine)}"
        )
    doors = doors_of(request)
    named = identity.clean_name(name)
    return doors.tokens.make(me.name, named, set(scopes), lasts=timedelta(days=days), by=me.name)


def _change(request: Request, session: Session, present: str, wanted: str) -> tuple[str, int]:
    """What is wrong with the change, "" where it was made; and how many sessions ended."""
    doors, here, settings = doors_of(request), address_of(request), request.app.state.settings
    if doors.held_until(session.name, here) is not None:
        return "Too many wrong tries. Wait a quarter of an hour, or ask an admin.", 0
    known = doors.credentials(session.name)
    if known is None or not passwords.verify(known[1], present):
        doors.failed(session.name, here)
        return "That is not your present password.", 0
    if weak := passwords.weakness(wanted, name=session.name, about=passwords.known_here(settings)):
        return weak, 0
    return "", doors.set_password(
        session.name, passwords.hash_password(wanted), by=session.name, but=session.id
    )


def signed_in(request: Request) -> Session:
    """Whose session this is; 404 where nobody signs in."""
    session: Session | None = request.state.session
    if session is None:
        raise HTTPException(404, "Nobody signs in at this desk.")
    return session
