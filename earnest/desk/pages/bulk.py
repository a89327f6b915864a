"""One step for many cases: chosen in the list, done or refused one by one, and taken back in one go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from earnest.desk import identity, labels, times, wishes
from earnest.desk.pages.ways import local_path
from earnest.desk.rendering import page
from earnest.desk.rows import stands
from earnest.ledger import Ledger
from earnest.ledger.bulk import NOTE, Outcome, Pick, act_on_all, take_back_all
from routing.case import Action

router = APIRouter(include_in_schema=False)

MOST = 200
"""Cases in one go: as many as a page of the queue can show."""
OFFERED = (Action.TAKE, Action.RESOLVE, Action.SNOOZE, Action.DISMISS, Action.HAND_OVER)
DONE = {
    Action.TAKE.value: "taken",
    Action.RESOLVE.value: "resolved",
    Action.SNOOZE.value: "asleep",
    Action.DISMISS.value: "dismissed",
    Action.HAND_OVER.value: "handed over",
    NOTE: "noted",
    "undo": "taken back",
}


class Unfit(ValueError):
    """The form lacks something; the message asks for it."""


class Many(BaseModel):
    """The form under the list as it comes in."""

    model_config = ConfigDict(extra="ignore")

    token: str = ""
    pick: list[str] = Field(default=[], max_length=MOST)
    action: str = ""
    snooze: str = ""
    until: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=40)
    to: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=4000)
    handing: str = Field(default="", max_length=4000)
    back: str = Field(default="/", max_length=3000)


@router.post("/cases/act")
def act(request: Request, sent: Annotated[Many, Form()]) -> Response:
    """Do one thing to every chosen case; the answer says of each whether it was done, or why not."""
    visit = identity.require_token(request, sent.token)
    if not visit.responder:
        raise HTTPException(403, "Say who you are first; the link is at the top of every page.")
    wish = Action.SNOOZE.value if sent.snooze else sent.action
    try:
        picks = read_picks(sent.pick)
        outcomes = do_all(
            request,
            visit.responder,
            picks,
            wish,
            note=(sent.handing if wish == Action.HAND_OVER else sent.note).strip(),
            reason=sent.reason,
            until=_until(request, sent) if wish == Action.SNOOZE else None,
            to=identity.clean_name(sent.to),
        )
    except Unfit as unfit:
        return _told(request, [], wish, sent.back, problem=str(unfit), status=422)
    return _told(request, outcomes, wish, sent.back)


@router.post("/cases/undo")
def undo(
    request: Request,
    visit: Annotated[identity.Visit, Depends(identity.posted_by)],
    pick: Annotated[list[str], Form(max_length=MOST)],
    back: Annotated[str, Form(max_length=3000)] = "/",
) -> Response:
    """Take back one's last step in all of these cases."""
    try:
        outcomes = undo_all(request, visit.responder, read_picks(pick))
    except Unfit as unfit:
        return _told(request, [], "undo", back, problem=str(unfit), status=422)
    return _told(request, outcomes, "undo", back)


def do_all(
    request: Request,
    who: str,
    picks: Sequence[Pick],
    wish: str,
    *,
    note: str,
    reason: str,
    until: datetime | None,
    to: str,
) -> list[Outcome]:
    """The step for all; Unfit where something is missing that every one of them needs."""
    action: Action | str = next((a for a in OFFERED if a.value == wish), NOTE if wish == NOTE else "")
    if not action:
        raise Unfit("Choose what to do with them.")
    if not picks:
        raise Unfit("Choose at least one person in the list; then press it again.")
    if action is Action.DISMISS and reason not in labels.DISMISSALS:
        raise Unfit("Say why they are no complaints: choose one of the reasons, then dismiss.")
    if action is Action.HAND_OVER and not (to and note):
        raise Unfit("Say to whom, and write a note for them: nobody should start from nothing.")
    if action == NOTE and not note:
        raise Unfit("Write the note first; then keep it.")
    ledger: Ledger = request.app.state.ledger
    outcomes = act_on_all(
        ledger.database,
        picks,
        action,
        responder=who,
        note=note if action in {NOTE, Action.HAND_OVER} else "",
        reason=reason if action is Action.DISMISS else "",
        until=until,
        to=to if action is Action.HAND_OVER else None,
    )
    if reason == wishes.LEAVE_ALONE:
        for outcome in outcomes:
            if outcome.done and action is Action.DISMISS:
                wishes.heed(ledger, ledger.case(outcome.case_id))
    return outcomes


def undo_all(request: Request, who: str, picks: Sequence[Pick]) -> list[Outcome]:
    """Take back `who`'s last step in each of these cases."""
    ledger: Ledger = request.app.state.ledger
    outcomes = take_back_all(ledger.database, picks, responder=who)
    for outcome in outcomes:
        if outcome.done:
            wishes.forget_wish(ledger, ledger.case(outcome.case_id))
    return outcomes


def read_picks(values: Sequence[str]) -> list[Pick]:
    """Chosen cases as the list writes them: number and version with a dot; each once."""
    picks: dict[int, Pick] = {}
    for value in values:
        parts = value.split(".")
        if len(parts) != 2 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
            raise Unfit("The list could not be read. Reload the page and choose again.")
        case_id, version = map(int, parts)
        picks.setdefault(case_id, Pick(case_id, version))
    return list(picks.values())


def _until(request: Request, sent: Many) -> datetime:
    """The end of the sleep in UTC."""
    try:
        return times.until(sent.snooze or sent.until, request.app.state.clock(), request.app.state.zone)
    except ValueError as unfit:
        raise Unfit(str(unfit)) from None


def _told(
    request: Request,
    outcomes: Sequence[Outcome],
    wish: str,
    back: str,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    done = [outcome for outcome in outcomes if outcome.done]
    what = DONE.get(wish, "done")
    heading = problem or (
        f"{len(done)} {what}" if len(done) == len(outcomes) else f"{len(done)} of {len(outcomes)} {what}"
    )
    return page(
        request,
        "bulk.html",
        status=status,
        heading=heading,
        problem=problem,
        outcomes=sorted(outcomes, key=lambda outcome: outcome.done),
        done=done,
        what=what,
        undoable=wish != "undo" and bool(done),
        stands=stands,
        back=local_path(back),
    )
