"""The API of what a case's page says of a case and others; see `pages.links` for the page's own buttons."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from earnest.desk import aids
from earnest.desk.pages.api import CONFLICT, Body, Responder, Store
from earnest.desk.pages.person import found
from earnest.desk.pages.ways import Number
from earnest.ledger.accounts import Account, accounts_of, judge
from earnest.ledger.calls import Call, calls_to, seen
from earnest.ledger.corrections import Corrected, correct, corrected, take_back
from earnest.ledger.elsewhere import Elsewhere, elsewhere, set_apart
from earnest.settings import Settings
from routing.case import IllegalTransition

router = APIRouter(prefix="/api", tags=["desk"])


class Apart(Body):
    """Whether another case is the same problem."""

    other: int = Field(ge=1, le=2**62, description="the other case")
    same: bool = Field(default=False, description="true takes back that it is not")


class Whose(Body):
    """Whether another account is the same person's; "open" takes back what was said."""

    other: int = Field(ge=1, le=2**62, description="the person with the other account")
    verdict: Literal["same", "other", "open"]


class Correction(Body):
    """What the model should have read. Nothing given: every correction is taken back."""

    severity: int | None = Field(default=None, ge=1, le=4)
    topics: tuple[str, ...] = Field(default=(), max_length=20)


class SavedReply(BaseModel):
    """A saved reply, filled in as far as the case tells. left: fields that still stand in it."""

    name: str
    title: str
    text: str
    left: tuple[str, ...]


@router.get("/cases/{case_id}/elsewhere", responses={404: {}})
def show_elsewhere(ledger: Store, case_id: Number) -> Elsewhere | None:
    """Other people's cases with the same problem, by what they share; null where nobody else has it."""
    ledger.case(case_id)  # 404 where there is none
    return elsewhere(ledger.database, case_id)


@router.post("/cases/{case_id}/apart", responses=CONFLICT)
def say_apart(ledger: Store, who: Responder, case_id: Number, said: Apart) -> Elsewhere | None:
    """Say that another case is not the same problem, or may be after all."""
    try:
        set_apart(ledger.database, case_id, said.other, responder=who, same=said.same)
    except IllegalTransition as refused:
        raise HTTPException(409, str(refused)) from None
    return elsewhere(ledger.database, case_id)


@router.get("/people/{person_id}/accounts", responses={404: {}})
def list_accounts(request: Request, ledger: Store, person_id: Number) -> tuple[Account, ...]:
    """Accounts on other networks that are said to be this person's, may be, or are said not to be."""
    found(request, person_id)
    return accounts_of(ledger.database, person_id)


@router.post("/people/{person_id}/accounts", responses=CONFLICT)
def say_whose(
    request: Request, ledger: Store, who: Responder, person_id: Number, said: Whose
) -> tuple[Account, ...]:
    """Say whether a suggested account is this person's; nothing is merged by it."""
    found(request, person_id)
    try:
        judge(ledger.database, person_id, said.other, said.verdict, responder=who)
    except IllegalTransition as refused:
        raise HTTPException(409, str(refused)) from None
    return accounts_of(ledger.database, person_id)


@router.get("/cases/{case_id}/correction", responses={404: {}})
def show_correction(ledger: Store, case_id: Number) -> Corrected:
    """What people said of how the case's words were read."""
    ledger.case(case_id)
    return corrected(ledger.database, case_id)


@router.post("/cases/{case_id}/correction", responses={**CONFLICT, 422: {}})
def say_correction(
    request: Request, ledger: Store, who: Responder, case_id: Number, said: Correction
) -> Corrected:
    """Correct how hard the words reproach or what they are about; kept as a label for the next model."""
    settings: Settings = request.app.state.settings
    unknown = sorted(set(said.topics) - set(settings.topics))
    if unknown:
        raise HTTPException(422, f"no topics of the taxonomy: {', '.join(unknown)}")
    try:
        if said.severity is None and not said.topics:
            take_back(ledger.database, case_id, responder=who)
        else:
            correct(ledger.database, case_id, responder=who, severity=said.severity, topics=said.topics)
    except IllegalTransition as refused:
        raise HTTPException(409, str(refused)) from None
    return corrected(ledger.database, case_id)


@router.get("/cases/{case_id}/replies", responses={404: {}})
def list_replies(request: Request, ledger: Store, case_id: Number) -> list[SavedReply]:
    """The saved replies that fit a case, filled in as far as it tells."""
    view = ledger.case(case_id)
    ready = aids.saved(request, view)
    return [SavedReply(name=one.name, title=one.title, text=one.text, left=one.left) for one in ready]


@router.get("/calls", responses={403: CONFLICT[403]})
def list_calls(ledger: Store, who: Responder) -> list[Call]:
    """Notes that call this responder and that they have not seen, oldest first."""
    return calls_to(ledger.database, who)


@router.post("/cases/{case_id}/seen", responses=CONFLICT)
def mark_seen(ledger: Store, who: Responder, case_id: Number) -> list[Call]:
    """This responder has seen what a case calls them for; returns what still calls them."""
    ledger.case(case_id)
    seen(ledger.database, case_id, responder=who)
    return calls_to(ledger.database, who)
