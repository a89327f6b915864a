"""The door: who may come in, who is in, and what happened there; for admins and auditors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.doorkeeper import doors_of, lifetimes
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page
from earnest.ledger.doors import NoSuchPerson

router = APIRouter(include_in_schema=False)

PAGE = 100

Posted = Annotated[identity.Visit, Depends(identity.posted_by)]


@router.get("/door")
def door(request: Request, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Show people, open sessions and the audit, newest first."""
    if request.state.session is None:
        raise HTTPException(404, "Nobody signs in at this desk.")
    doors = doors_of(request)
    events = doors.events(limit=PAGE, before=before)
    return page(
        request,
        "door.html",
        people=doors.people(),
        sessions=doors.sessions(None, **lifetimes(request)),
        events=events,
        further=events[-1].id if len(events) == PAGE else None,
        mine=request.state.session.id,
    )


@router.post("/door/sessions/end")
def end_session(request: Request, visit: Posted, session: Annotated[int, Form(ge=1)]) -> Response:
    """End anybody's session."""
    ended = doors_of(request).end(session, why="session ended", by=visit.responder)
    words = "That session is ended." if ended else "That session had ended already."
    return send_to(request, "/door", identity.tell(visit, words))


@router.post("/door/people/disable")
def disable(request: Request, visit: Posted, name: Annotated[str, Form(max_length=200)]) -> Response:
    """Let a person in no more; their sessions end at once. Oneself one cannot lock out."""
    if name == visit.responder:
        return send_to(
            request, "/door", identity.tell(visit, "You cannot lock yourself out; ask another admin.")
        )
    try:
        ended = doors_of(request).disable(name, by=visit.responder)
    except NoSuchPerson as nobody:
        raise HTTPException(404, f"{str(nobody)[:1].upper()}{str(nobody)[1:]}.") from None
    words = f"{name} may not come in any more; {ended} session(s) ended."
    return send_to(request, "/door", identity.tell(visit, words))
