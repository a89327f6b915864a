"""What did we miss? The random sample of `earnest audit`, read here one post after another, and its estimate.

What the model made of a post is not shown, and neither is who wrote it, so that nothing talks the reader
into an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from earnest import auditing
from earnest.desk import identity, roles
from earnest.desk.pages.ways import Number, send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.sample_reading import answer_first, latest, take_back
from earnest.ledger.samples import SampleView, sample
from earnest.recall import BROUGHT, STRATA, Estimate, Range

router = APIRouter(include_in_schema=False)

EARLIER = 6
"""Samples before this one that are listed."""
SIZES = (50, 100, 200, 400)
DAYS = (7, 30, 90)
SAID = {"complaint": "a complaint", "none": "no complaint", "unsure": "hard to say"}
"""The answers in words, in the order of their buttons."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An estimate beside others: in words, and as a picture 100 wide."""

    words: str
    low: float
    width: float
    at: float


@dataclass(frozen=True, slots=True)
class Row:
    """One stratum in words. bar: None before enough is answered."""

    what: str
    there_are: str
    read: str
    complaints: int
    bar: Bar | None


@router.get("/audit")
def audit(request: Request) -> Response:
    """Show the latest sample: the post to judge next, how far it is read, and what that says."""
    ledger: Ledger = request.app.state.ledger
    return _shown(request, sample(ledger.database))


@router.get("/audit/{sample_id}")
def one(request: Request, sample_id: Number) -> Response:
    """Show a sample by its number; 404 where there is none."""
    return _shown(request, of_number(request, sample_id))


@router.post("/audit")
def draw(
    request: Request,
    token: Annotated[str, Form()],
    size: Annotated[int, Form(ge=10, le=1000)],
    days: Annotated[int, Form(ge=1, le=400)],
) -> Response:
    """Draw a sample, by chance; the page then shows its first post."""
    visit = identity.require_token(request, token)
    try:
        made = drawn(request, size=size, days=days, who=visit.responder)
    except LookupError as nothing:
        said = f"Nothing to draw from: {nothing}. Choose a longer time, or let Earnest listen first."
        return send_to(request, "/audit", identity.tell(visit, said))
    count = sum(stratum.drawn for stratum in made.strata)
    return send_to(
        request, "/audit", identity.tell(visit, f"Drawn: {count} posts to read. Stop whenever you like.")
    )


@router.post("/audit/{sample_id}/answer")
def answer(
    request: Request,
    sample_id: Number,
    token: Annotated[str, Form()],
    place: Annotated[int, Form(ge=1, le=2**31)],
    said: Annotated[str, Form(max_length=20)],
) -> Response:
    """Keep what somebody says of one post; the page then shows the next."""
    visit = identity.require_token(request, token)
    here = f"/audit/{sample_id}"
    if not visit.responder:
        return send_to(
            request, f"/you?back={here}", identity.tell(visit, "Say who you are first; then say it again.")
        )
    if said not in SAID:
        raise HTTPException(422, "Say whether it is a complaint: yes, no, or hard to say.")
    view = of_number(request, sample_id)
    ledger: Ledger = request.app.state.ledger
    if answer_first(ledger.database, view.id, place, said, who=visit.responder):
        visit = identity.tell(visit, f"Kept: {SAID[said]}.", back=f"{here}/back/{place}")
    else:
        visit = identity.tell(visit, "Somebody has answered that one already, or it was erased.")
    return send_to(request, here, visit)


@router.post("/audit/{sample_id}/back/{place}")
def back(request: Request, sample_id: Number, place: Number, token: Annotated[str, Form()]) -> Response:
    """Take one's own answer back; the post waits to be read again."""
    visit = identity.require_token(request, token)
    ledger: Ledger = request.app.state.ledger
    taken = take_back(ledger.database, sample_id, place, who=visit.responder)
    words = "Taken back; here it is again." if taken else "There is no answer of yours to take back."
    return send_to(request, f"/audit/{sample_id}", identity.tell(visit, words))


def of_number(request: Request, number: int) -> SampleView:
    """A sample; 404 where there is none of this number."""
    ledger: Ledger = request.app.state.ledger
    view = sample(ledger.database, number)
    if view is None:
        raise HTTPException(404, f"There is no sample {number}.")
    return view


def drawn(request: Request, *, size: int, days: int, who: str, seed: int | None = None) -> SampleView:
    """A new sample of the last days, drawn and kept. Raises LookupError where there is none to draw."""
    ledger: Ledger = request.app.state.ledger
    until = request.app.state.clock()
    since = until - timedelta(days=days)
    return auditing.draw(ledger.database, since=since, until=until, size=size, seed=seed, who=who)


def _shown(request: Request, view: SampleView | None) -> Response:
    ledger: Ledger = request.app.state.ledger
    role = identity.role_of(request)
    may = {
        what: role == identity.ANYBODY or roles.allowed(role, what)
        for what in (roles.May.WORK, roles.May.ARRANGE)
    }
    who = identity.visit_of(request).responder
    waiting = auditing.upcoming(ledger.database, view, who=who) if view and may[roles.May.WORK] else None
    found = auditing.judged(view) if view is not None and auditing.enough(view) else None
    whole = sum(stratum.drawn - stratum.gone for stratum in view.strata) if view else 0
    others = [sample(ledger.database, number) for number in latest(ledger.database, EARLIER + 1)]
    return page(
        request,
        "audit.html",
        view=view,
        item=waiting,
        whole=whole,
        read=whole - view.open if view else 0,
        enough=auditing.ENOUGH,
        judged=sum(stratum.complaints + stratum.none for stratum in view.strata) if view else 0,
        says=sentences(view, found) if view and found else [],
        recall=_bar(found.recall, 1.0) if found and found.recall else None,
        rows=_rows(view, found) if view else [],
        earlier=[(other, _found(other)) for other in others if other and view and other.id != view.id],
        may_draw=may[roles.May.ARRANGE],
        answers=SAID,
        sizes=SIZES,
        spans=DAYS,
    )


def sentences(view: SampleView, found: Estimate) -> list[str]:
    """What the answers say, in words: how many are found and missed, and where most of those are."""
    missed = _reach(found.missed)
    if found.recall is None:
        return [f"No complaint was seen so far, so nobody knows how many are found. Missed: {missed}."]
    told = [f"Of 100 complaints {_reach(found.recall, 100)} are brought to people.", f"Missed: {missed}."]
    held = {one.name: found.by_stratum[one.name].value for one in view.strata if one.name != BROUGHT}
    most = max(held, key=lambda name: held[name], default="")
    if found.missed.value >= 2 and held[most] > found.missed.value / 2:
        told.append(f"Most of them: {STRATA[most][1]}.")
    return told


def _reach(one: Range, times: int = 1) -> str:
    """An estimate and its interval in words, such as "about 80 (between 61 and 102)"; exact where it is."""
    value, low, high = (f"{number * times:,.0f}" for number in (one.value, one.low, one.high))
    if one.low == one.high:
        return value
    return f"about {value}" if low == high else f"about {value} (between {low} and {high})"


def _rows(view: SampleView, found: Estimate | None) -> list[Row]:
    widest = max((one.high for one in found.by_stratum.values()), default=0.0) if found else 0.0
    return [
        Row(
            what=STRATA[one.name][1],
            there_are=f"{one.population:,}",
            read=f"{one.drawn - one.open - one.gone} of {one.drawn - one.gone}",
            complaints=one.complaints,
            bar=_bar(found.by_stratum[one.name], widest) if found else None,
        )
        for one in view.strata
    ]


def _bar(one: Range, widest: float) -> Bar:
    scale = 100 / widest if widest else 0.0
    times = 100 if widest == 1.0 else 1
    low, high, at = (round(number * scale, 2) for number in (one.low, one.high, one.value))
    return Bar(_reach(one, times), low, max(high - low, 0.5), min(at, 99.0))


def _found(view: SampleView) -> str:
    """What an earlier sample said, in a few words."""
    found = auditing.judged(view) if auditing.enough(view) else None
    if found is None:
        return f"{view.open} left to read"
    return f"{_reach(found.recall, 100)} of 100 found" if found.recall else "no complaint seen"
