"""The API of a case's page beside its steps: the heartbeat, articles that fit, a draft's check, news."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from earnest.desk.filters import Filters, as_query
from earnest.desk.pages.api import CONFLICT, Body, Responder, Store
from earnest.desk.pages.case import offers
from earnest.desk.pages.reply import findings_in
from earnest.desk.pages.ways import Number
from earnest.desk.pages.why import call_complaint
from earnest.ledger.errors import Stale
from earnest.ledger.views import Claim, WhyView

router = APIRouter(prefix="/api", tags=["desk"])


class Held(Body):
    """The claim that goes on."""

    epoch: int = Field(ge=0, le=2**62)


class Article(BaseModel):
    """A help article that fits what the person asks, and its passage that fits best."""

    name: str
    title: str
    passage: str
    link: str
    topics: tuple[str, ...]
    score: float


class Draft(Body):
    """An answer as it would be written to the person."""

    reply: str = Field(max_length=20_000)


class Remarked(BaseModel):
    """Something in a draft. start, end: where, in characters; stops: better not send it like this."""

    what: str
    start: int
    end: int
    why: str
    mend: str
    stops: bool


class News(BaseModel):
    """How many people began to wait after an event. event: the latest one; ask again from there."""

    count: int
    event: int


class Called(Body):
    """The brand whose mention is a complaint after all."""

    brand: str = Field(min_length=1, max_length=200)


class Reconsidered(BaseModel):
    """What came of a person's word. brought: the rules let it into the queue."""

    brought: bool
    why: WhyView


@router.post("/cases/{case_id}/hold", responses=CONFLICT)
def hold(request: Request, ledger: Store, who: Responder, case_id: Number, held: Held) -> Claim:
    """The heartbeat of a claim; 409 where the case is no longer theirs."""
    minutes = request.app.state.settings.desk.lease_minutes
    ledger.case(case_id)  # 404 where there is none
    try:
        return ledger.hold(case_id, responder=who, epoch=held.epoch, lease_minutes=minutes)
    except Stale as stale:
        raise HTTPException(409, str(stale)) from None


@router.get("/cases/{case_id}/articles", responses={404: {}})
def list_articles(request: Request, ledger: Store, case_id: Number) -> list[Article]:
    """The help articles that fit what the person said, best first."""
    return [
        Article(
            name=offer.passage.name,
            title=offer.passage.title,
            passage=offer.passage.text,
            link=offer.passage.link,
            topics=offer.passage.topics,
            score=round(offer.score, 3),
        )
        for offer in offers(request.app.state.shelf, ledger.case(case_id))
    ]


@router.post("/cases/{case_id}/check", responses={404: {}})
def check_draft(request: Request, ledger: Store, case_id: Number, draft: Draft) -> list[Remarked]:
    """Read a draft before it goes out; nothing is stored and nothing is sent."""
    row = ledger.case(case_id).case
    return [
        Remarked(what=f.what.value, start=f.start, end=f.end, why=f.why, mend=f.mend, stops=f.stops)
        for f in findings_in(draft.reply, row, request.app.state.settings)
    ]


@router.get("/news")
def count_news(
    request: Request,
    ledger: Store,
    since: Annotated[int, Query(ge=0, le=2**62, description="`event` of the answer before")] = 0,
    queue: Annotated[tuple[str, ...], Query()] = (),
    brand: Annotated[tuple[str, ...], Query()] = (),
) -> News:
    """How many people began to wait since; the page hears the same without asking, as server-sent events."""
    event = ledger.last_event()
    query = as_query(Filters.of({"queue": queue, "brand": brand}), request)
    return News(count=ledger.arrivals(query, since) if event > since else 0, event=event)


@router.post("/why/{source}/{post_id:path}", responses={403: CONFLICT[403], 404: {}})
def call_it_a_complaint(  # noqa: PLR0917 - FastAPI hands everything on by name
    request: Request, ledger: Store, who: Responder, source: str, post_id: str, said: Called
) -> Reconsidered:
    """Say that a mention is a complaint: kept for the next training, and decided again as one."""
    brought = call_complaint(request, source, post_id, said.brand, who=who)
    return Reconsidered(brought=brought, why=ledger.why(source, post_id))
