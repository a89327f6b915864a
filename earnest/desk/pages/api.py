"""The pages' work as a JSON API for other programs; its description is at /api/openapi.json.

Where nobody signs in, a program says in whose name it acts with the header `Earnest-Responder`; from the
desk's own pages the visit's name counts. Where people sign in, the session's name counts alone.
Bodies are JSON, which no form of another site can send, and
the guard refuses what comes from other sites.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from earnest.coverage import as_json
from earnest.desk import identity, wishes
from earnest.desk.filters import Filters, as_query
from earnest.desk.glances import look
from earnest.desk.pages.search import read_after, write_after
from earnest.desk.pages.ways import Number
from earnest.ledger import Ledger
from earnest.ledger.aftercare import tell_person
from earnest.ledger.bulk import Pick, take_back
from earnest.ledger.errors import Stale
from earnest.ledger.rule_views import FuseView
from earnest.ledger.views import (
    CaseView,
    Claim,
    DismissedPage,
    QueuePage,
    SourceStatus,
    WhyView,
)
from earnest.search.document import Document
from earnest.search.index import MentionsIndex
from earnest.search.query import QueryError
from routing.case import Action, IllegalTransition
from routing.sleep import Until

router = APIRouter(prefix="/api", tags=["desk"])

After = Annotated[str | None, Query(max_length=300, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


class Body(BaseModel):
    """What a program sends; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Step(Body):
    """One step of a case. epoch: of the claim, where the responder holds one."""

    action: Action
    version: int = Field(ge=1, le=2**62)
    epoch: int | None = Field(default=None, ge=0, le=2**62)
    note: str = Field(default="", max_length=4000)
    reason: str = Field(default="", max_length=40)
    until: datetime | None = Field(default=None, description="end of a snooze, with its time zone")
    sleep: Until = Field(
        default=Until.TIME, description="what a snooze lasts until; post and worse need no time"
    )
    to: str | None = Field(default=None, max_length=identity.NAME_LENGTH, description="who gets a hand-over")
    into: int | None = Field(
        default=None, ge=1, le=2**62, description="the person's other open case that this one is merged into"
    )


class Remark(Body):
    """A note for colleagues."""

    note: str = Field(min_length=1, max_length=4000)


class Told(Body):
    """Whether the person knows that their case is solved."""

    version: int = Field(ge=1, le=2**62)
    told: bool = True
    note: str = Field(default="", max_length=4000)


class Version(Body):
    """The version of the case as last seen."""

    version: int = Field(ge=1, le=2**62)


class Take(Body):
    """From which queues to take the next person; none named: from any."""

    queues: tuple[str, ...] = Field(default=(), max_length=50)
    skills: tuple[str, ...] = Field(default=(), max_length=50)


class Wanted(Body):
    """Which part of the queue; values of one filter are alternatives, filters add up."""

    queue: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    severity: tuple[str, ...] = Field(default=(), description="0 (no complaint) to 4 (blames)")
    urgency: tuple[str, ...] = Field(default=(), description="0 (can wait) to 3 (needs somebody now)")
    language: tuple[str, ...] = Field(default=(), description="ISO 639-1, such as en")
    source: tuple[str, ...] = ()
    who: tuple[str, ...] = Field(default=(), description="mine or free")
    due: tuple[str, ...] = Field(default=(), description="over, or soon: overdue or due in 15 minutes")
    view: str = Field(default="", description="free, mine, overdue, calls, asleep or closed")
    after: str | None = Field(default=None, max_length=300, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=200)


class Found(BaseModel):
    """A page of search results, newest first. exact: false where more match than `total`."""

    documents: tuple[Document, ...]
    total: int
    exact: bool
    next: str | None


def acting(request: Request, earnest_responder: Annotated[str | None, Header(max_length=200)] = None) -> str:
    """In whose name the request acts; 403 where nobody is named."""
    here = identity.visit_of(request).responder
    claimed = identity.clean_name(earnest_responder or "")
    name = (claimed or here) if identity.role_of(request) == identity.ANYBODY else here
    if not name:
        raise HTTPException(403, "Say in whose name: send the header Earnest-Responder.")
    return name


Responder = Annotated[str, Depends(acting)]
CONFLICT: dict[int | str, dict[str, Any]] = {
    403: {"description": "nobody is named"},
    404: {},
    409: {"description": "the case changed since"},
}


def _ledger(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


Store = Annotated[Ledger, Depends(_ledger)]


@router.get("/queue")
def list_queue(request: Request, ledger: Store, wanted: Annotated[Wanted, Query()]) -> QueuePage:
    """The people who wait: highest priority first, then who waits longest."""
    named = wanted.model_dump(include=set(Filters.__dataclass_fields__) - {"view"})
    filters = Filters.of({**named, "view": [wanted.view]})
    try:
        return ledger.queue(as_query(filters, request, after=wanted.after, limit=wanted.limit))
    except ValueError as lost:
        raise HTTPException(400, str(lost)) from None


@router.post("/next", responses={403: CONFLICT[403]})
def take_next(request: Request, ledger: Store, who: Responder, take: Take) -> Claim | None:
    """Claim the best free case, at once and alone; null where nobody waits."""
    minutes = request.app.state.settings.desk.lease_minutes
    return ledger.claim_next(who, queues=take.queues or None, skills=take.skills, lease_minutes=minutes)


@router.get("/cases/{case_id}", responses={404: {}})
def get_case(ledger: Store, case_id: Number) -> CaseView:
    """One case with its thread, reasons, history and the person's other cases."""
    return ledger.case(case_id)


@router.post("/cases/{case_id}/act", responses=CONFLICT)
def act(ledger: Store, who: Responder, case_id: Number, step: Step) -> CaseView:
    """One step of a case; 409 with what happened where it changed since `version`."""
    if step.until is not None and step.until.tzinfo is None:
        raise HTTPException(422, "until needs a time zone, such as 2026-11-22T09:00:00Z")
    try:
        view = ledger.act(
            case_id,
            step.action,
            responder=who,
            epoch=step.epoch,
            version=step.version,
            note=step.note,
            reason=step.reason,
            until=step.until.astimezone(UTC) if step.until else None,
            to=step.to,
            into=step.into,
            sleep=step.sleep,
        )
    except (Stale, IllegalTransition) as refused:
        raise HTTPException(409, str(refused)) from None
    except ValueError as lacking:
        raise HTTPException(422, str(lacking)) from None
    wishes.heed(ledger, view)
    return ledger.case(case_id)


@router.post("/cases/{case_id}/notes", responses=CONFLICT)
def add_note(ledger: Store, who: Responder, case_id: Number, remark: Remark) -> CaseView:
    """Write a note on a case, whoever holds it."""
    try:
        return ledger.note(case_id, responder=who, note=remark.note)
    except ValueError as empty:
        raise HTTPException(422, str(empty)) from None


@router.post("/cases/{case_id}/told", responses=CONFLICT)
def tell_person_of_it(ledger: Store, who: Responder, case_id: Number, said: Told) -> CaseView:
    """Note that the person of a resolved case was told, or after all was not."""
    try:
        tell_person(
            ledger.database, case_id, responder=who, version=said.version, note=said.note, told=said.told
        )
    except (Stale, IllegalTransition) as refused:
        raise HTTPException(409, str(refused)) from None
    return ledger.case(case_id)


@router.post("/cases/{case_id}/undo", responses=CONFLICT)
def undo(ledger: Store, who: Responder, case_id: Number, seen: Version) -> CaseView:
    """Take back this responder's last step or note, if nothing happened since."""
    try:
        take_back(ledger.database, Pick(case_id, seen.version), responder=who)
    except (Stale, IllegalTransition) as refused:
        raise HTTPException(409, str(refused)) from None
    wishes.forget_wish(ledger, ledger.case(case_id))
    return ledger.case(case_id)


@router.get("/search", responses={422: {"description": "the query does not read"}})
def search(
    request: Request,
    q: Annotated[str, Query(min_length=1, max_length=1000)],
    after: Annotated[str, Query(max_length=300)] = "",
    limit: Limit = 50,
) -> Found:
    """Mentions that fit a query, newest first."""
    index: MentionsIndex = request.app.state.index
    if after and read_after(after) is None:
        raise HTTPException(400, "this is no place in the results; start from the first page")
    try:
        found = index.search(q, limit=limit, after=read_after(after))
    except QueryError as error:
        raise HTTPException(422, str(error)) from None
    return Found(
        documents=found.documents,
        total=found.total,
        exact=found.exact,
        next=write_after(found.next) if found.next else None,
    )


@router.get("/dismissed")
def list_dismissed(ledger: Store, after: After = None, limit: Limit = 50) -> DismissedPage:
    """Mentions that were not routed, newest first, with the reasons."""
    try:
        return ledger.dismissed(after=after, limit=limit)
    except ValueError as lost:
        raise HTTPException(400, str(lost)) from None


@router.get("/why/{source}/{post_id:path}", responses={404: {}})
def why(ledger: Store, source: str, post_id: str) -> WhyView:
    """What became of a post, by which rules."""
    view = ledger.why(source, post_id)
    if view.post is None:
        raise HTTPException(404, view.words)
    return view


@router.get("/sources")
def list_sources(ledger: Store) -> list[SourceStatus]:
    """How every query of every source is doing."""
    return ledger.statuses()


@router.get("/fuses")
def list_fuses(ledger: Store) -> list[FuseView]:
    """Rules that were stopped since they would have opened too many cases, and how much each holds back."""
    return ledger.blown_fuses()


@router.get("/coverage")
def show_coverage(request: Request, days: Annotated[int, Query(ge=1, le=140)] = 14) -> dict[str, Any]:
    """What was heard and what not, day by day, gaps with their reasons, and which sources are deaf."""
    return as_json(look(request, days))
