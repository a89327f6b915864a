"""The queue: who waits, in which order, and the one button that takes the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from earnest.desk import identity, labels, words
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.views import QueueQuery, QueueRow
from earnest.settings import Settings
from nlp import topics
from routing.case import OPEN, State

router = APIRouter(include_in_schema=False)

VIEWS = {
    "": "Everybody waiting",
    "free": "Not taken",
    "mine": "Mine",
    "overdue": "Overdue or soon due",
    "asleep": "Asleep",
    "closed": "Done",
}
SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue to show, as its address says it. Unknown values match nothing, harmlessly."""

    view: str = ""
    queue: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    source: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Sequence[str]]) -> Filters:
        """Read the address's parameters; empty ones are none."""
        many = {name: tuple(v for v in parameters.get(name, ()) if v) for name in cls.__dataclass_fields__}
        view = next(iter(many.pop("view")), "")
        return cls(view if view in VIEWS else "", **many)

    @property
    def count(self) -> int:
        """How many filters are set beside the view."""
        return sum(1 for f in (self.queue, self.state, self.brand, self.topic, self.source) if f)

    def address(self, **other: str) -> str:
        """The query string that gives these filters again, with some replaced."""
        pairs = [("view", other.get("view", self.view))]
        for name in ("queue", "state", "brand", "topic", "source"):
            pairs += [(name, value) for value in getattr(self, name)]
        return urlencode([(name, value) for name, value in pairs if value])


def as_query(filters: Filters, request: Request, *, after: str | None = None, limit: int = 50) -> QueueQuery:
    """The ledger's query for these filters and this responder."""
    states = tuple(State(s) for s in filters.state if s in {state.value for state in State})
    closed = any(state not in OPEN for state in states) or filters.view == "closed"
    if not states:
        states = {"free": (State.NEW,), "asleep": (State.SNOOZED,)}.get(filters.view, ())
    return QueueQuery(
        queues=filters.queue,
        brands=filters.brand,
        sources=filters.source,
        topics=filters.topic,
        states=states,
        owner=(identity.visit_of(request).responder or "nobody") if filters.view == "mine" else None,
        closed=closed,
        due_before=request.app.state.clock() + SOON if filters.view == "overdue" else None,
        limit=limit,
        after=after,
    )


def filters_of(request: Request) -> Filters:
    """The filters in a request's address."""
    return Filters.of({name: request.query_params.getlist(name) for name in request.query_params})


def excerpt(row: QueueRow) -> str:
    """The words shown in a list: the title where there is one, then the text."""
    return words.excerpt(f"{row.title} — {row.text}" if row.title else row.text)


def severity_of(row: QueueRow) -> str:
    """How hard the words reproach; a mention no model read says so."""
    return labels.severity_name(None if row.complaint is None else row.severity)


def standing(row: QueueRow) -> str:
    """State and owner in a few words."""
    if row.state is State.ASSIGNED and row.owner:
        return f"with {row.owner}"
    text = labels.state_name(row.state)
    return f"{text} · {row.owner}" if row.owner else text


@router.get("/")
def queue(request: Request, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """List the people who wait: priority first, then who waits longest."""
    ledger: Ledger = request.app.state.ledger
    settings: Settings = request.app.state.settings
    filters = filters_of(request)
    last_event = ledger.last_event()  # before the list: what comes between the two is told twice, never lost
    try:
        listing = ledger.queue(as_query(filters, request, after=after))
    except ValueError as lost:
        raise HTTPException(400, f"{str(lost).capitalize()}.") from None
    return page(
        request,
        "queue.html",
        listing=listing,
        last_event=last_event,
        heading=VIEWS[filters.view],
        views=[
            {
                "href": f"/?{address}" if (address := filters.address(view=name)) else "/",
                "text": text,
                "current": name == filters.view,
            }
            for name, text in VIEWS.items()
        ],
        fields=_choices(settings),
        chosen=filters_as_dict(filters),
        sieved=filters.count,
        query_string=filters.address(),
        excerpt=excerpt,
        severity_of=severity_of,
        standing=standing,
    )


def filters_as_dict(filters: Filters) -> dict[str, object]:
    """The filters for a template, by name."""
    return {name: getattr(filters, name) for name in Filters.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a list to choose from: value and text of each option."""

    name: str
    text: str
    any: str
    options: list[tuple[str, str]]

    @property
    def known(self) -> set[str]:
        """The values offered; an address may hold others."""
        return {value for value, _ in self.options}


def _choices(settings: Settings) -> list[Choice]:
    sources = sorted({"blog" if source.kind == "blogs" else source.kind for source in settings.sources})
    about = [topic.name for topic in (settings.taxonomy or topics.load()).topics]
    return [
        Choice("queue", "Queue", "every queue", [(q, labels.topic_name(q)) for q in settings.rules.queues]),
        Choice("state", "State", "any state", [(s.value, labels.state_name(s)) for s in State]),
        Choice("brand", "Brand", "every brand", [(b.name, b.name) for b in settings.brands]),
        Choice("topic", "Topic", "every topic", [(t, labels.topic_name(t)) for t in about]),
        Choice("source", "Network", "every network", [(s, labels.network_name(s)) for s in sources]),
    ]


def skills_of(settings: Settings) -> tuple[str, ...]:
    """Every skill the rules ask for: until people have roles, everybody is offered everything."""
    rules = settings.rules
    asked = [*(q.skills for q in rules.queues.values()), *(r.skills for r in rules.rules)]
    return tuple(sorted({skill for skills in asked for skill in skills}))


@router.post("/next")
def take_next(
    request: Request, token: Annotated[str, Form()], queue: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Claim the best case for this responder, atomically, and open it."""
    visit = identity.require_token(request, token)
    if not visit.responder:
        return send_to(
            request, "/you", identity.tell(visit, "Say who you are first; then the next person is yours.")
        )
    ledger: Ledger = request.app.state.ledger
    settings: Settings = request.app.state.settings
    claim = ledger.claim_next(
        visit.responder,
        queues=tuple(queue) if queue else None,
        skills=skills_of(settings),
        lease_minutes=settings.desk.lease_minutes,
    )
    if claim is None:
        return send_to(request, "/", identity.tell(visit, "Nobody waits untaken just now."))
    return send_to(request, f"/cases/{claim.case_id}", visit)
