"""The door: who may come in, who is in, and what happened there; for admins and auditors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.doorkeeper import doors_of, lifetimes
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page
from earnest.ledger.doors import NoSuchPerson
from earnest.ledger.reach import name_key
from routing.rules import Rules

router = APIRouter(include_in_schema=False)

PAGE = 100

Done = TypeVar("Done")

Posted = Annotated[identity.Visit, Depends(identity.posted_by)]


@router.get("/door")
def door(request: Request, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Show people, open sessions and the audit, newest first."""
    if request.state.session is None:
        raise HTTPException(404, "Nobody signs in at this desk.")
    doors = doors_of(request)
    rules: Rules = request.app.state.settings.rules
    events = doors.events(limit=PAGE, before=before)
    return page(
        request,
        "door.html",
        people=doors.people(),
        sessions=doors.sessions(None, **lifetimes(request)),
        events=events,
        further=events[-1].id if len(events) == PAGE else None,
        mine=request.state.session.id,
        tokens=doors.tokens.all(),
        queues=sorted(rules.queues),
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
    if name_key(name) == name_key(visit.responder):
        return send_to(
            request, "/door", identity.tell(visit, "You cannot lock yourself out; ask another admin.")
        )
    ended = somebody(lambda: doors_of(request).disable(name, by=visit.responder))
    words = f"{name} may not come in any more; {ended} session(s) ended."
    return send_to(request, "/door", identity.tell(visit, words))


@router.post("/door/people/queues")
def set_queues(
    request: Request,
    visit: Posted,
    name: Annotated[str, Form(max_length=200)],
    queue: Annotated[list[str] | None, Form(max_length=200)] = None,
) -> Response:
    """The only queues a person sees from now on; none chosen: every one."""
    wanted = list(dict.fromkeys(queue or [])) or None
    somebody(lambda: doors_of(request).set_queues(name, wanted, by=visit.responder))
    words = f"{name} sees {'every queue' if wanted is None else ', '.join(wanted)} from now on."
    return send_to(request, "/door", identity.tell(visit, words))


@router.post("/door/tokens/revoke")
def revoke_token(request: Request, visit: Posted, number: Annotated[int, Form(ge=1, le=2**62)]) -> Response:
    """Have anybody's token open nothing any more."""
    gone = doors_of(request).tokens.revoke(number, by=visit.responder)
    words = (
        f"The token {gone.name} of {gone.person} opens nothing any more."
        if gone
        else "It was revoked already."
    )
    return send_to(request, "/door", identity.tell(visit, words))


def somebody(change: Callable[[], Done]) -> Done:
    """Do it; 404 for a name that nobody has."""
    try:
        return change()
    except NoSuchPerson as nobody:
        raise HTTPException(404, f"{str(nobody)[:1].upper()}{str(nobody)[1:]}.") from None
