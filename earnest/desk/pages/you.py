"""Who are you: a name for the history of cases; where people sign in, their own page at the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from earnest.desk import identity, roles
from earnest.desk.doorkeeper import doors_of, lifetimes
from earnest.desk.pages.ways import local_path, send_to
from earnest.desk.rendering import page
from earnest.ledger.doors import Session
from earnest.ledger.tokens import Token

router = APIRouter(include_in_schema=False)


@router.get("/you")
def you(request: Request, back: str = "/") -> Response:
    """Ask for a name, or show a signed-in person what is theirs."""
    return ask(request, back=local_path(back))


def ask(
    request: Request,
    *,
    back: str = "/you",
    problem: str = "",
    status: int = 200,
    made: tuple[Token, str] | None = None,
) -> Response:
    """The page, with what was wrong. made: a new token and its secret, seen this once."""
    session: Session | None = request.state.session
    if session is None:
        return page(request, "you.html", status=status, back=back, problem=problem)
    doors = doors_of(request)
    known = doors.credentials(session.name)
    return page(
        request,
        "own.html",
        status=status,
        problem=problem,
        sessions=doors.sessions(session.name, **lifetimes(request)),
        mine=session.id,
        back=back,
        has_password=known is not None,
        queues=session.queues,
        tokens=doors.tokens.all(session.name),
        scopes={scope: roles.SCOPES[scope] for scope in roles.scopes_of(session.role)},
        made=made,
    )


@router.post("/you")
def say(
    request: Request,
    token: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    keys: Annotated[str, Form()] = "off",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Keep the name and whether single keys act; who signed in keeps their name."""
    visit = identity.require_token(request, token)
    cleaned = visit.responder if request.state.session is not None else identity.clean_name(name)
    if not cleaned:
        return ask(
            request,
            status=422,
            back=local_path(back),
            problem="Write the name colleagues know you by.",
        )
    return send_to(request, local_path(back), replace(visit, responder=cleaned, keys=keys == "on"))
