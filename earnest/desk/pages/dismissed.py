"""What was heard and not routed: every one with its reason, so that people can catch a wrong one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from earnest.desk import evidence, words
from earnest.desk.rendering import page
from earnest.ledger import Ledger

router = APIRouter(include_in_schema=False)


@router.get("/dismissed")
def dismissed(request: Request, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """List dismissed mentions, newest first."""
    ledger: Ledger = request.app.state.ledger
    try:
        listing = ledger.dismissed(after=after)
    except ValueError as lost:
        raise HTTPException(400, f"{str(lost).capitalize()}.") from None
    return page(request, "dismissed.html", listing=listing, excerpt=words.excerpt, likely=evidence.likely)
