"""The queue: who waits, in which order, the case beside it, and the one button that takes the next."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from earnest.desk import identity, roles, times
from earnest.desk.filters import VIEWS, Filters, as_query, choices, filters_of
from earnest.desk.pages.case import about
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page, part
from earnest.ledger import Ledger
from earnest.ledger.calls import calls_to
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.habits import Habits
from earnest.ledger.reach import name_key
from earnest.settings import Settings

router = APIRouter(include_in_schema=False)

ALL = "all"
"""In an address: everybody waiting, for whom the queue opens with something else."""


@router.get("/")
def queue(
    request: Request,
    after: Annotated[str | None, Query(max_length=200)] = None,
    case: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """List the people who wait: priority first, then who waits longest. case: whose case stands beside."""
    ledger: Ledger = request.app.state.ledger
    settings: Settings = request.app.state.settings
    habits: Habits = request.app.state.habits
    who = identity.visit_of(request).responder
    opens = habits.of(who).opens if who else ""
    if opens and not request.query_params:
        return RedirectResponse(f"/?{opens}", 303)
    filters = filters_of(request)
    last_event = ledger.last_event()  # before the list: what comes between the two is told twice, never lost
    try:
        listing = ledger.queue(as_query(filters, request, after=after))
    except ValueError as lost:
        raise HTTPException(400, f"{str(lost).capitalize()}.") from None
    address = filters.address()
    views, kept = _views(request, filters, opens, who)
    fields = choices(settings, request.app.state.counts.languages())
    says = {field.name: field for field in fields}
    now = request.app.state.clock()
    return page(
        request,
        "queue.html",
        listing=listing,
        last_event=last_event,
        calling={call.case_id: call.who for call in calls_to(ledger.database, who)},
        heading=kept.name if kept else VIEWS[filters.view],
        views=views,
        kept=kept,
        kept_is_mine=kept is not None and (name_key(kept.owner) == name_key(who) or may_arrange(request)),
        opens_here=opens == address,
        may_share=may_arrange(request),
        fields=fields,
        chosen=filters,
        set_filters=[
            (
                f"{says[name].text}: {says[name].says(value)}",
                address_of(filters.address(without=(name, value))),
            )
            for name, value in filters.chosen
        ],
        everything=address_of(Filters(view=filters.view).address()),
        address=address,
        place=address_of(address),
        beside=(beside := _beside(request, case)),
        beside_id=case if beside else "",
        presets=times.presets(now, request.app.state.zone),
    )


def address_of(filters: str) -> str:
    """The queue's address with these filters; with none it says so."""
    return f"/?{filters}" if filters else f"/?view={ALL}"


def may_arrange(request: Request) -> bool:
    """Whether the one who asks arranges views for the whole team."""
    role = identity.role_of(request)
    return role == identity.ANYBODY or roles.allowed(role, roles.May.ARRANGE)


def _views(request: Request, filters: Filters, opens: str, who: str) -> tuple[list[dict[str, Any]], Any]:
    """The views to choose from with how many wait in each, and the saved one that is shown, if one is."""
    here = filters.address()
    saved = request.app.state.habits.views(who)
    kept = next((view for view in saved if view.filters == here), None)
    counted = {Filters(view=name).address(): Filters(view=name) for name in VIEWS}
    counted |= {view.filters: Filters.at(view.filters) for view in saved}
    counts = request.app.state.counts.of({address: as_query(of, request) for address, of in counted.items()})
    views = [
        {
            "href": address_of(address) if address or opens else "/",
            "text": VIEWS[name],
            "count": counts[address],
            "current": kept is None and name == filters.view,
            "shared": False,
        }
        for name in VIEWS
        for address in [Filters(view=name).address()]
    ]
    views += [
        {
            "href": address_of(view.filters),
            "text": view.name,
            "count": counts[view.filters],
            "current": view is kept,
            "shared": view.shared and name_key(view.owner) != name_key(who),
        }
        for view in saved
    ]
    return views, kept


def _beside(request: Request, case: str) -> Markup | None:
    """The case that stands beside the list; None where none is named, or there is none."""
    if not case.isascii() or not case.isdigit():
        return None
    ledger: Ledger = request.app.state.ledger
    try:
        view = ledger.case(int(case[:18]))
    except NoSuchCase:
        return None
    return part(request, "case.html", **about(request, view))


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
