"""Ways between pages: numbers in addresses, and where a form leads afterwards."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import RedirectResponse

from earnest.desk import identity

Number = Annotated[int, Path(ge=1, le=2**62, description="a number of the ledger's own")]
"""A case or a person in an address; what no database could hold is no such page."""


def local_path(back: str) -> str:
    """`back` where it is a path on this desk, else "/": nobody is sent elsewhere by a crafted link."""
    fine = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return back if fine else "/"


def send_to(request: Request, path: str, visit: identity.Visit) -> RedirectResponse:
    """Answer a form: go to `path`, with the visit's message waiting there."""
    response = RedirectResponse(path, 303)
    identity.keep(request, response, visit)
    return response
