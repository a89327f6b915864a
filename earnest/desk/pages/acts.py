"""What a responder does to a case: one form, one step of the case's machine, and the way back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from earnest.desk import identity, labels, times, wishes
from earnest.desk.aids import asleep
from earnest.desk.pages.case import Typed, show
from earnest.desk.pages.ways import Number, send_to
from earnest.ledger import Ledger
from earnest.ledger.aftercare import TOLD, UNTOLD, tell_person
from earnest.ledger.bulk import Pick, take_back
from earnest.ledger.errors import Stale
from earnest.ledger.views import CaseView
from routing.case import Action, IllegalTransition
from routing.sleep import Until

router = APIRouter(include_in_schema=False)

STAYS = frozenset({Action.TAKE, Action.REOPEN})
"""After these one goes on reading the case; after the others the queue is next."""


class Sent(BaseModel):
    """The form of a case as it comes in."""

    model_config = ConfigDict(extra="ignore")

    token: str = ""
    action: str = ""
    snooze: str = ""
    version: int
    epoch: str = ""
    seen: int = 0
    note: str = Field(default="", max_length=4000)
    reason: str = Field(default="", max_length=40)
    until: str = Field(default="", max_length=40)
    reply: str = Field(default="", max_length=20_000)
    to: str = Field(default="", max_length=200)
    saved: str = Field(default="", max_length=200)
    """The saved reply to be put into the answer."""
    beside: str = ""
    """"on" where the case stands beside the queue: there it stays, whatever was done."""

    @property
    def typed(self) -> Typed:
        """What to show again when the write is refused."""
        return Typed(
            note=self.note,
            reason=self.reason,
            until=self.until,
            reply=self.reply,
            to=self.to,
            action=self.wish,
        )

    @property
    def wish(self) -> str:
        """The action asked for; the ready-made snoozes are buttons of their own."""
        return Action.SNOOZE.value if self.snooze else self.action


@router.post("/cases/{case_id}/act")
def act(request: Request, case_id: Number, sent: Annotated[Sent, Form()]) -> Response:
    """Do one thing to a case. Refused writes show the case anew, with what changed and the words typed."""
    visit = identity.visit_of(request)
    ledger: Ledger = request.app.state.ledger
    if not request.app.state.seal.fits(visit, sent.token):
        # Nothing is written, but nothing typed is lost either: a desk that was set up anew has a new key.
        return _again(
            request, case_id, sent, 403, "This page was made for another visit. Press it once more."
        )
    if not visit.responder:
        return _again(request, case_id, sent, 403, "Say who you are first (at the top), then press it again.")
    if sent.wish == "undo":
        return _undo(request, case_id, sent.version, visit, sent)
    try:
        until = _until(request, sent)
        if sent.wish == "note":
            if not sent.note.strip():
                raise _Unfit("Write the note first; then keep it.")
            ledger.note(case_id, responder=visit.responder, note=sent.note.strip())
            told = identity.tell(visit, "The note is kept.", undo=case_id)
            return send_to(request, f"/cases/{case_id}", told)
        if sent.wish in {TOLD, UNTOLD}:
            _told(ledger, case_id, sent, visit.responder)
            said = "Noted: they know." if sent.wish == TOLD else "Noted: they have not been told."
            return send_to(request, f"/cases/{case_id}", identity.tell(visit, said))
        action = _action(sent)
        view = ledger.act(
            case_id,
            action,
            responder=visit.responder,
            epoch=int(sent.epoch) if sent.epoch.isdigit() else None,
            version=sent.version,
            note=sent.note.strip(),
            reason=sent.reason if action is Action.DISMISS else "",
            until=until,
            sleep=_sleep(sent),
            to=identity.clean_name(sent.to) if action is Action.HAND_OVER else None,
        )
    except Stale as stale:
        return _again(request, case_id, sent, 409, f"Not done: {stale}.")
    except IllegalTransition as unfit:
        return _again(request, case_id, sent, 409, f"Not done: {unfit}.")
    except _Unfit as unfit:
        return _again(request, case_id, sent, 422, str(unfit))
    wishes.heed(ledger, view)
    if action in STAYS:
        return send_to(request, f"/cases/{case_id}", visit)
    told = identity.tell(visit, _done(view, action, request), undo=case_id)
    return send_to(request, f"/cases/{case_id}" if sent.beside == "on" else "/", told)


@router.post("/cases/{case_id}/undo")
def undo(
    request: Request, case_id: Number, visit: Annotated[identity.Visit, Depends(identity.posted_by)]
) -> Response:
    """Take back this responder's last step."""
    ledger: Ledger = request.app.state.ledger
    return _undo(request, case_id, ledger.case(case_id).case.version, visit)


@router.post("/cases/{case_id}/hold")
def hold(
    request: Request,
    case_id: Number,
    visit: Annotated[identity.Visit, Depends(identity.posted_by)],
    epoch: Annotated[int, Form()],
) -> Response:
    """The heartbeat of an open page: the responder is still at it. 409 where the case is no longer theirs."""
    ledger: Ledger = request.app.state.ledger
    minutes = request.app.state.settings.desk.lease_minutes
    try:
        claim = ledger.hold(case_id, responder=visit.responder, epoch=epoch, lease_minutes=minutes)
    except Stale as stale:
        return JSONResponse({"detail": str(stale)}, 409)
    return JSONResponse({"expires": claim.expires_at.isoformat()})


class _Unfit(ValueError):
    """The form lacks something; the message asks for it."""


def _undo(
    request: Request, case_id: int, version: int, visit: identity.Visit, sent: Sent | None = None
) -> Response:
    ledger: Ledger = request.app.state.ledger
    try:
        take_back(ledger.database, Pick(case_id, version), responder=visit.responder)
        wishes.forget_wish(ledger, ledger.case(case_id))
    except (Stale, IllegalTransition) as refused:
        return show(
            request,
            ledger.case(case_id),
            status=409,
            problem=f"Not taken back: {refused}.",
            typed=sent.typed if sent else None,
        )
    return send_to(request, f"/cases/{case_id}", identity.tell(visit, "Taken back. The case is as it was."))


def _again(request: Request, case_id: int, sent: Sent, status: int, problem: str) -> Response:
    ledger: Ledger = request.app.state.ledger
    seen = sent.seen if status == 409 else None
    return show(request, ledger.case(case_id), status=status, problem=problem, typed=sent.typed, seen=seen)


def _told(ledger: Ledger, case_id: int, sent: Sent, responder: str) -> None:
    tell_person(
        ledger.database,
        case_id,
        responder=responder,
        version=sent.version,
        note=sent.note.strip(),
        told=sent.wish == TOLD,
    )


def _action(sent: Sent) -> Action:
    offered = {
        Action.TAKE, Action.RELEASE, Action.WAIT_PERSON, Action.WAIT_INSIDE, Action.SNOOZE,
        Action.RESOLVE, Action.DISMISS, Action.REOPEN, Action.HAND_OVER,
    }  # fmt: skip
    action = next((a for a in offered if a.value == sent.wish), None)
    if action is None:
        raise _Unfit("Choose what to do with the case.")
    if action is Action.DISMISS and sent.reason not in labels.DISMISSALS:
        raise _Unfit("Say why it is no complaint: choose one of the reasons, then dismiss.")
    if action is Action.HAND_OVER and not (identity.clean_name(sent.to) and sent.note.strip()):
        raise _Unfit("Say to whom, and write a note for them: nobody should start from nothing.")
    return action


def _until(request: Request, sent: Sent) -> datetime | None:
    """The end of a snooze in UTC; a time without zone is on the desk's clock."""
    if sent.wish != Action.SNOOZE.value or _sleep(sent) is not Until.TIME:
        return None
    zone: ZoneInfo = request.app.state.zone
    try:
        return times.until(sent.snooze or sent.until, request.app.state.clock(), zone)
    except ValueError as unfit:
        raise _Unfit(str(unfit)) from None


def _sleep(sent: Sent) -> Until:
    """What a snooze lasts until: the button's word, else a time."""
    return Until(sent.snooze) if sent.snooze in {Until.POST, Until.WORSE} else Until.TIME


def _done(view: CaseView, action: Action, request: Request) -> str:
    person = view.case.name or view.case.handle or "the person"
    match action:
        case Action.RESOLVE:
            return f"{person}: resolved." + ("" if view.case.left_alone else " Do they know? Tell them.")
        case Action.DISMISS:
            return f"{person}: {labels.DISMISSALS[view.case.closed_reason].lower()}. Kept for the next model."
        case Action.SNOOZE if words := asleep(view.case):
            return f"{person}: asleep {words}."
        case Action.SNOOZE if view.case.snoozed_until:
            return f"{person}: asleep until {times.moment(view.case.snoozed_until, request.app.state.zone)}."
        case Action.HAND_OVER:
            return f"{person}: with {view.case.owner} now."
        case Action.RELEASE:
            return f"{person}: back in the queue."
    return f"{person}: {labels.state_name(view.case.state)}."
