"""The person's own page: everything held about them and why, and their two wishes, each with a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.aids import ending, sign_words
from earnest.desk.pages.ways import Number, send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.accounts import Account, accounts_of
from earnest.ledger.persons import MOST, NoSuchPerson
from earnest.ledger.views import PersonView

router = APIRouter(include_in_schema=False)

Posted = Annotated[identity.Visit, Depends(identity.posted_by)]


@router.get("/people/{person_id}")
def person(request: Request, person_id: Number) -> Response:
    """Show everything held about a person."""
    ledger: Ledger = request.app.state.ledger
    view = found(request, person_id)
    accounts = accounts_of(ledger.database, person_id)
    return page(request, "person.html", view=view, accounts=accounts, sign=sign_words, ending=ending)


@router.get("/people/{person_id}/export.json")
def export(request: Request, person_id: Number) -> Response:
    """Everything held about a person as ActivityStreams 2.0, to give to them."""
    headers = {"Content-Disposition": f'attachment; filename="person-{person_id}.json"'}
    return JSONResponse(record(request, person_id), headers=headers)


@router.post("/people/{person_id}/leave-alone")
def leave_alone(request: Request, person_id: Number, visit: Posted) -> Response:
    """Note that a person asked to be left alone, or take that back."""
    ledger: Ledger = request.app.state.ledger
    view = found(request, person_id)
    left = view.left_alone_at is None
    ledger.leave_alone(view.source, view.native_id, left=left)
    words = (
        "Noted: nobody writes to them, and no new case opens."
        if left
        else "Taken back: they may be answered again."
    )
    return send_to(request, f"/people/{person_id}", identity.tell(visit, words))


@router.post("/people/{person_id}/forget")
def forget(request: Request, person_id: Number, visit: Posted) -> Response:
    """Erase a person everywhere; the receipt says what went."""
    ledger: Ledger = request.app.state.ledger
    view = found(request, person_id)
    done = ledger.forget(view.source, view.native_id)
    return page(request, "forgotten.html", receipt=asdict(done), visit=visit)


def found(request: Request, person_id: int, *, most: int | None = MOST) -> PersonView:
    """Everything held about a person, `most` of their posts (None: all); 404 where there is nobody."""
    ledger: Ledger = request.app.state.ledger
    try:
        return ledger.person(person_id, most=most)
    except NoSuchPerson as nobody:
        raise HTTPException(404, f"{str(nobody)[:1].upper()}{str(nobody)[1:]}.") from None


def record(request: Request, person_id: int) -> dict[str, object]:
    """Everything held about a person; 404 where there is nobody."""
    ledger: Ledger = request.app.state.ledger
    view = found(request, person_id, most=None)
    return activity(view, accounts_of(ledger.database, person_id))


def activity(view: PersonView, accounts: Sequence[Account] = ()) -> dict[str, object]:
    """A person's record in ActivityStreams 2.0 terms: an OrderedCollection of their Notes and Articles.

    accounts: what was said of whether they are theirs too; suggestions nobody judged are not a record.
    """
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": "OrderedCollection",
        "attributedTo": {
            "type": "Person",
            "id": f"{view.source}:{view.native_id}",
            "preferredUsername": view.handle,
            "name": view.name,
        },
        "totalItems": len(view.posts),
        "orderedItems": [
            {
                "type": "Article" if held.post.kind == "article" else "Note",
                "id": held.post.url or f"{held.post.source}:{held.post.id}",
                "name": held.post.title or None,
                "content": held.post.text,
                "mediaType": "text/plain",
                "published": held.post.created_at.isoformat(),
                "heard": held.heard_at.isoformat(),
                "inReplyTo": held.post.parent_id,
                "earlierVersions": list(held.before),
                "madeOfIt": list(held.made),
            }
            for held in view.posts
        ],
        "cases": [
            {
                "id": case.case_id,
                "state": case.state.value,
                "opened": case.opened_at.isoformat(),
                "closed": case.closed_at.isoformat() if case.closed_at else None,
                "reason": case.closed_reason,
            }
            for case in view.cases
        ],
        "otherAccounts": [
            {
                "id": f"{account.source}:{account.handle}",
                "said": "theirs" if account.verdict == "same" else "not theirs",
                "by": account.who,
                "when": account.at.isoformat() if account.at else None,
            }
            for account in accounts
            if account.verdict != "open"
        ],
        "askedToBeLeftAlone": view.left_alone_at.isoformat() if view.left_alone_at else None,
    }
