"""The audit for programs: samples drawn, read and told, as the page Audit and `earnest audit` do it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field

from earnest import auditing
from earnest.desk.pages.api import CONFLICT, Body, Responder, Store
from earnest.desk.pages.audit import drawn, of_number
from earnest.desk.pages.ways import Number
from earnest.ledger.sample_reading import answer_first, latest, take_back
from earnest.ledger.samples import sample

router = APIRouter(prefix="/api", tags=["desk"])


class Draw(Body):
    """Which sample to draw. seed: draws the same again; none: by chance."""

    size: int = Field(default=200, ge=10, le=1000, description="posts to read")
    days: int = Field(default=30, ge=1, le=400, description="how far back")
    seed: int | None = Field(default=None, ge=0, lt=2**31)


class Judged(Body):
    """What somebody says of one post of a sample; "" takes their own answer back."""

    place: int = Field(ge=1, le=2**31)
    answer: Literal["complaint", "none", "unsure", ""]


class Drawn(BaseModel):
    """A sample that was drawn, and how much of it is still to be read."""

    sample: int
    drawn_at: datetime
    since: datetime
    until: datetime
    who: str
    open: int


class Waiting(BaseModel):
    """A post to judge. about: the brand, "" where none was found in it; answers: the post before it."""

    place: int
    about: str
    source: str
    written: datetime
    title: str
    text: str
    answers: str
    url: str


@router.get("/audit")
def list_samples(ledger: Store, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Drawn]:
    """The samples that were drawn, newest first."""
    views = [sample(ledger.database, number) for number in latest(ledger.database, limit)]
    return [
        Drawn(
            sample=view.id,
            drawn_at=view.drawn_at,
            since=view.since,
            until=view.until,
            who=view.who,
            open=view.open,
        )
        for view in views
        if view is not None
    ]


@router.post("/audit", responses={403: CONFLICT[403], 409: {"description": "there is nothing to draw from"}})
def draw_sample(request: Request, who: Responder, wanted: Draw) -> dict[str, Any]:
    """Draw a stratified random sample of what was brought to people, dismissed, or named no brand."""
    try:
        made = drawn(request, size=wanted.size, days=wanted.days, who=who, seed=wanted.seed)
    except LookupError as nothing:
        raise HTTPException(409, str(nothing)) from None
    return auditing.told(made)


@router.get("/audit/{sample_id}", responses={404: {}})
def show_sample(request: Request, sample_id: Number) -> dict[str, Any]:
    """A sample by stratum, and what the answers say so far: missed complaints and recall, 95% intervals."""
    return auditing.told(of_number(request, sample_id))


@router.get("/audit/{sample_id}/next", responses={403: CONFLICT[403], 404: {}})
def show_next(request: Request, ledger: Store, who: Responder, sample_id: Number) -> Waiting | None:
    """The post this responder judges next; null where none waits. What the model made of it is not told."""
    item = auditing.upcoming(ledger.database, of_number(request, sample_id), who=who)
    if item is None:
        return None
    return Waiting(
        place=item.place,
        about=item.brand,
        source=item.post.source,
        written=item.post.created_at,
        title=item.post.title,
        text=item.post.text,
        answers=item.parent.text if item.parent else "",
        url=item.post.url,
    )


@router.post(
    "/audit/{sample_id}/answers",
    responses={**CONFLICT, 409: {"description": "answered by somebody, erased, or not yours to take back"}},
)
def judge(
    request: Request, ledger: Store, who: Responder, sample_id: Number, judged: Judged
) -> dict[str, Any]:
    """Keep an answer, or take one's own back; returns the sample as it stands then."""
    view = of_number(request, sample_id)
    if judged.answer:
        kept = answer_first(ledger.database, view.id, judged.place, judged.answer, who=who)
    else:
        kept = take_back(ledger.database, view.id, judged.place, who=who)
    if not kept:
        raise HTTPException(409, "that post was answered by somebody, is gone, or has no answer of yours")
    return auditing.told(of_number(request, sample_id))
