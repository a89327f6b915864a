"""Who are you: a name for the history of cases, until sign-in exists."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.pages.ways import local_path, send_to
from earnest.desk.rendering import page

router = APIRouter(include_in_schema=False)


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
