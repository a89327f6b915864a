"""The API of the queue's comforts: one step for many cases, saved views, and one's own keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request
from pydantic import Field

from earnest.desk import identity
from earnest.desk.filters import Filters, as_query
from earnest.desk.keys import ACTS, changes, keys_with
from earnest.desk.pages.api import CONFLICT, Body, Responder
from earnest.desk.pages.bulk import MOST, Unfit, do_all, undo_all
from earnest.desk.pages.queue import may_arrange
from earnest.desk.pages.views import LONGEST, habits_of, save_view
from earnest.desk.pages.ways import Number
from earnest.ledger.bulk import Outcome, Pick
from earnest.ledger.habits import NoSuchView, SavedView

router = APIRouter(prefix="/api", tags=["desk"])

_STEPS = "take, resolve, snooze, dismiss, hand_over or note"


class Seen(Body):
    """A case at the version it was last seen."""

    case_id: int = Field(ge=1, le=2**62)
    version: int = Field(ge=1, le=2**62)


class Everyone(Body):
    """Cases to take the last step back in."""

    cases: tuple[Seen, ...] = Field(min_length=1, max_length=MOST)


class StepForAll(Everyone):
    """The same step for many cases."""

    action: str = Field(max_length=20, description=_STEPS)
    note: str = Field(default="", max_length=4000)
    reason: str = Field(default="", max_length=40)
    until: datetime | None = Field(default=None, description="end of a snooze, with its time zone")
    to: str = Field(default="", max_length=identity.NAME_LENGTH, description="who gets a hand-over")


class Outcomes(Body):
    """What became of each case, in the order they were sent."""

    done: int
    refused: int
    cases: tuple[Outcome, ...]


class ViewToSave(Body):
    """A name for some filters, as the queue's address says them: `view=mine&topic=billing`."""

    name: str = Field(min_length=1, max_length=identity.NAME_LENGTH)
    filters: str = Field(default="", max_length=LONGEST)


class Opens(Body):
    """The filters one's queue opens with; none: everybody waiting."""

    filters: str = Field(default="", max_length=LONGEST)


class Views(Body):
    """The views one may choose from. counts: how many people wait in each, by its number ("99+": more)."""

    views: tuple[SavedView, ...]
    counts: dict[int, str]
    opens: str


class Keys(Body):
    """Act → key: one character, two with a space between them, or none."""

    keys: dict[str, str] = Field(max_length=len(ACTS) * 2)


@router.post("/cases/act", responses={403: CONFLICT[403], 422: {"description": "something is missing"}})
def act_on_many(request: Request, who: Responder, step: StepForAll) -> Outcomes:
    """One step for many cases; each is done or refused by itself, a stale one is never overwritten."""
    until = step.until
    if step.action == "snooze":
        if until is None or until.tzinfo is None:
            raise HTTPException(422, "until needs a time and its zone, such as 2026-11-22T09:00:00Z")
        try:
            until = until.astimezone(UTC)
        except OverflowError:
            raise HTTPException(422, "until is no time to wait for") from None
    try:
        outcomes = do_all(
            request,
            who,
            _picks(step.cases),
            step.action,
            note=step.note.strip(),
            reason=step.reason,
            until=until,
            to=identity.clean_name(step.to),
        )
    except Unfit as unfit:
        raise HTTPException(422, str(unfit)) from None
    return _counted(outcomes)


@router.post("/cases/undo", responses={403: CONFLICT[403]})
def undo_in_many(request: Request, who: Responder, some: Everyone) -> Outcomes:
    """Take back one's last step in each of these cases, where nothing happened since."""
    return _counted(undo_all(request, who, _picks(some.cases)))


def _picks(cases: Sequence[Seen]) -> list[Pick]:
    return list({seen.case_id: Pick(seen.case_id, seen.version) for seen in reversed(cases)}.values())[::-1]


def _counted(outcomes: Sequence[Outcome]) -> Outcomes:
    done = sum(outcome.done for outcome in outcomes)
    return Outcomes(done=done, refused=len(outcomes) - done, cases=tuple(outcomes))


@router.get("/views", responses={403: CONFLICT[403]})
def list_views(request: Request, who: Responder) -> Views:
    """One's own views and everybody's, with how many wait in each."""
    views = habits_of(request).views(who)
    queries = {view.filters: as_query(Filters.at(view.filters), request) for view in views}
    counts = request.app.state.counts.of(queries)
    return Views(
        views=tuple(views),
        counts={view.id: counts[view.filters] for view in views},
        opens=habits_of(request).of(who).opens,
    )


@router.post("/views", responses={403: CONFLICT[403]})
def save(request: Request, who: Responder, view: ViewToSave) -> SavedView:
    """Save a view for oneself; one's own of the same name is replaced."""
    return _save(request, who, view, shared=False)


@router.post("/views/shared", responses={403: CONFLICT[403]})
def share(request: Request, who: Responder, view: ViewToSave) -> SavedView:
    """Save a view for everybody at the desk; one's own of the same name is replaced."""
    return _save(request, who, view, shared=True)


def _save(request: Request, who: str, view: ViewToSave, *, shared: bool) -> SavedView:
    try:
        return save_view(request, who, view.name, view.filters, shared=shared)
    except ValueError as problem:
        raise HTTPException(422, str(problem)) from None


@router.post("/views/opens", responses={403: CONFLICT[403]})
def open_with(request: Request, who: Responder, opens: Opens) -> Opens:
    """Have one's queue open with these filters."""
    filters = Filters.at(opens.filters).address()
    habits_of(request).open_with(who, filters)
    return Opens(filters=filters)


@router.delete("/views/{view_id}", responses={403: CONFLICT[403], 404: {}})
def delete(request: Request, who: Responder, view_id: Number) -> SavedView:
    """Delete a view of one's own; who may arrange deletes any shared one."""
    try:
        return habits_of(request).drop(view_id, who, others=may_arrange(request))
    except NoSuchView as gone:
        raise HTTPException(404, str(gone)) from None


@router.post("/views/{view_id}/restore", responses={403: CONFLICT[403], 404: {}})
def restore(request: Request, who: Responder, view_id: Number) -> SavedView:
    """Bring a deleted view back."""
    try:
        return habits_of(request).restore(view_id, who, others=may_arrange(request))
    except NoSuchView as gone:
        raise HTTPException(404, str(gone)) from None


@router.get("/keys", responses={403: CONFLICT[403]})
def list_keys(request: Request, who: Responder) -> Keys:
    """What each act's key is for this responder."""
    return Keys(keys=keys_with(habits_of(request).of(who).keys))


@router.put("/keys", responses={403: CONFLICT[403], 422: {"description": "keys that collide, in words"}})
def set_keys(request: Request, who: Responder, wish: Keys) -> Keys:
    """Keep other keys; acts that are not named keep the desk's own."""
    changed, problems = changes(wish.keys)
    if problems:
        raise HTTPException(422, "; ".join(problems[:10]))
    habits_of(request).set_keys(who, changed)
    return Keys(keys=keys_with(changed))
