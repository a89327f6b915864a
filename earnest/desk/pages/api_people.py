"""The API of a person's page: everything held about them, and their wishes, each with a receipt."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from earnest.desk.pages.api import CONFLICT, Body, Responder, Store
from earnest.desk.pages.person import found, record
from earnest.desk.pages.ways import Number
from earnest.ledger.views import PersonView, Receipt

router = APIRouter(prefix="/api/people", tags=["people"])


class Wish(Body):
    """What the person asked for."""

    left_alone: bool = Field(default=True, description="false: they took it back")


class Sure(Body):
    """That it is meant: there is no way back."""

    sure: Literal[True]


@router.get("/{person_id}", responses={404: {}})
def get_person(request: Request, person_id: Number) -> PersonView:
    """Everything held about a person, newest first: at most 1,000 posts."""
    return found(request, person_id)


@router.get("/{person_id}/export", responses={404: {}})
def export_person(request: Request, person_id: Number) -> dict[str, Any]:
    """The same in ActivityStreams 2.0 terms, to give to them."""
    return record(request, person_id)


@router.post("/{person_id}/leave-alone", responses={403: CONFLICT[403], 404: {}})
def leave_alone(request: Request, ledger: Store, who: Responder, person_id: Number, wish: Wish) -> Receipt:
    """Note that a person asked to be left alone, or took that back; noted twice is noted once."""
    view = found(request, person_id)
    return ledger.leave_alone(view.source, view.native_id, left=wish.left_alone)


@router.post("/{person_id}/forget", responses={403: CONFLICT[403], 404: {}})
def forget(request: Request, ledger: Store, who: Responder, person_id: Number, meant: Sure) -> Receipt:
    """Erase a person everywhere, for good; the receipt says what went."""
    view = found(request, person_id)
    return ledger.forget(view.source, view.native_id)
