"""Who are you: a name for the history of cases, until sign-in exists."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.rendering import page

router = APIRouter(include_in_schema=False)


def local_path(back: str) -> str:
    """`back` where it is a path on this desk, else "/": nobody is sent elsewhere by a crafted link."""
    fine = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if fine else "/"


def send_to(request: Request, path: str, visit: identity.Visit) -> RedirectResponse:
    """Answer a form: go to `path`, with the visit's message waiting there."""
    response = RedirectResponse(path, 303)
    identity.keep(request, response, visit)
    return response


@router.get("/you")
def you(request: Request, back: str = "/") -> Response:
    """Ask for a name."""
    return page(request, "you.html", back=local_path(back), problem="")


@router.post("/you")
def say(
    request: Request,
    token: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    keys: Annotated[str, Form()] = "off",
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Keep the name and whether single keys act."""
    visit = identity.require_token(request, token)
    cleaned = identity.clean_name(name)
    if not cleaned:
        return page(
            request,
            "you.html",
            status=422,
            back=local_path(back),
            problem="Write the name colleagues know you by.",
        )
    return send_to(request, local_path(back), replace(visit, responder=cleaned, keys=keys == "on"))
