"""Views of the queue that people save under a name: made, shared, deleted, brought back."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.filters import Filters
from earnest.desk.pages.queue import address_of, may_arrange
from earnest.desk.pages.ways import Number, send_to
from earnest.desk.words import plain
from earnest.ledger.habits import Habits, NoSuchView, SavedView

router = APIRouter(include_in_schema=False)

LONGEST = 2000
"""Characters of filters: more than any page makes."""

Posted = Annotated[identity.Visit, Depends(identity.posted_by)]
Address = Annotated[str, Form(max_length=LONGEST)]


@router.post("/views")
def save(
    request: Request,
    visit: Posted,
    name: Annotated[str, Form(max_length=200)] = "",
    filters: Address = "",
) -> Response:
    """Name the present filters, for oneself."""
    return _save(request, visit, name, filters, shared=False)


@router.post("/views/shared")
def share(
    request: Request,
    visit: Posted,
    name: Annotated[str, Form(max_length=200)] = "",
    filters: Address = "",
) -> Response:
    """Name the present filters, for everybody at the desk."""
    return _save(request, visit, name, filters, shared=True)


def _save(request: Request, visit: identity.Visit, name: str, filters: str, *, shared: bool) -> Response:
    try:
        view = save_view(request, visit.responder, name, filters, shared=shared)
    except ValueError as problem:
        raise HTTPException(422, f"{str(problem)[:1].upper()}{str(problem)[1:]}.") from None
    whose = "for everybody" if view.shared else "for you"
    words = f"“{plain(view.name)}” is saved {whose}."
    return send_to(request, address_of(view.filters), identity.tell(visit, words))


@router.post("/views/opens")
def open_with(request: Request, visit: Posted, filters: Address = "") -> Response:
    """Have the queue open with these filters; with none, with everybody waiting."""
    canonical = Filters.at(filters).address()
    habits_of(request).open_with(visit.responder, canonical)
    words = "Your queue opens with this." if canonical else "Your queue opens with everybody waiting."
    return send_to(request, address_of(canonical), identity.tell(visit, words))


@router.post("/views/{view_id}/delete")
def delete(request: Request, visit: Posted, view_id: Number) -> Response:
    """Delete a view; the next page offers to take that back."""
    try:
        view = habits_of(request).drop(view_id, visit.responder, others=may_arrange(request))
    except NoSuchView as gone:
        raise HTTPException(404, f"{str(gone).capitalize()}.") from None
    told = identity.tell(visit, f"“{plain(view.name)}” is deleted.", back=f"/views/{view.id}/restore")
    return send_to(request, address_of(view.filters), told)


@router.post("/views/{view_id}/restore")
def restore(request: Request, visit: Posted, view_id: Number) -> Response:
    """Bring a deleted view back."""
    try:
        view = habits_of(request).restore(view_id, visit.responder, others=may_arrange(request))
    except NoSuchView as gone:
        raise HTTPException(409, f"{str(gone).capitalize()}.") from None
    told = identity.tell(replace(visit, told=""), f"“{plain(view.name)}” is back.")
    return send_to(request, address_of(view.filters), told)


def save_view(request: Request, who: str, name: str, filters: str, *, shared: bool) -> SavedView:
    """Save a view under a clean name. ValueError says what is missing."""
    cleaned = identity.clean_name(name)
    if not cleaned:
        raise ValueError("give the view a name")
    return habits_of(request).save(who, cleaned, Filters.at(filters).address(), shared=shared)


def habits_of(request: Request) -> Habits:
    """The ledger's memory of how people like to work."""
    habits: Habits = request.app.state.habits
    return habits
