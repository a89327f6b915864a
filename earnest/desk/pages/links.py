"""What a responder says of a case and others: part of it, the same problem or not, whose account, misread.

One route for the small buttons of a case's page. They belong to the case's form, so that words typed
there travel along: what was typed is shown again, whatever was pressed.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.pages.acts import Sent
from earnest.desk.pages.case import about, show
from earnest.desk.pages.ways import Number, send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.accounts import Verdict, judge
from earnest.ledger.calls import seen
from earnest.ledger.corrections import correct, take_back
from earnest.ledger.elsewhere import set_apart
from earnest.ledger.errors import NoSuchCase, Stale
from earnest.settings import Settings
from routing.case import Action, IllegalTransition

router = APIRouter(include_in_schema=False)

ACCOUNTS: dict[str, tuple[Verdict, str]] = {
    "theirs": ("same", "Kept: that account is theirs too. Each keeps its own cases."),
    "not-theirs": ("other", "Kept: that account is somebody else's."),
    "who-knows": ("open", "Taken back: nobody has said whose account that is."),
}


class Said(Sent):
    """The case's form with what was said of another: a word, a number, and for cases the version seen."""

    say: str = ""
    severity: str = ""
    topic: tuple[str, ...] = ()


@router.post("/cases/{case_id}/say")
def say(request: Request, case_id: Number, said: Annotated[Said, Form()]) -> Response:
    """Keep one thing about a case and others. What was typed in the form is shown again."""
    visit = identity.require_token(request, said.token)
    ledger: Ledger = request.app.state.ledger
    if not visit.responder:
        problem = "Say who you are first (at the top), then press it again."
        return show(request, ledger.case(case_id), status=403, problem=problem, typed=said.typed)
    try:
        told, undo = _do(request, case_id, said, visit.responder)
    except NoSuchCase as gone:
        if gone.case_id == case_id:
            raise
        return _refused(request, case_id, said, f"{gone}")
    except (Stale, IllegalTransition, ValueError) as refused:
        return _refused(request, case_id, said, f"{refused}")
    visit = identity.tell(visit, told, undo=undo)
    if said.note.strip():
        # Words not kept yet: the same page again with them, instead of a fresh one without.
        values = about(request, ledger.case(case_id), typed=said.typed)
        return page(request, "case.html", visit=visit, **values)
    return send_to(request, f"/cases/{case_id}", visit)


@router.post("/people/{person_id}/accounts/{other_id}")
def say_whose(
    request: Request,
    person_id: Number,
    other_id: Number,
    visit: Annotated[identity.Visit, Depends(identity.posted_by)],
    said: Annotated[str, Form()],
) -> Response:
    """On a person's page: another account is theirs, is not, or nobody knows."""
    ledger: Ledger = request.app.state.ledger
    if said not in ACCOUNTS:
        raise HTTPException(422, "Say whether the account is theirs.")
    verdict, told = ACCOUNTS[said]
    try:
        judge(ledger.database, person_id, other_id, verdict, responder=visit.responder)
    except IllegalTransition as refused:
        told = f"Not done: {refused}."
    return send_to(request, f"/people/{person_id}", identity.tell(visit, told))


def _do(request: Request, case_id: int, said: Said, who: str) -> tuple[str, int]:
    """Do it; the words for the page, and the case whose step may be taken back."""
    ledger: Ledger = request.app.state.ledger
    word, _, rest = said.say.partition(":")
    match word:
        case "merge" | "part":
            other, version = _numbers(rest, 2)
            action, into = (Action.MERGE, case_id) if word == "merge" else (Action.REOPEN, None)
            ledger.act(other, action, responder=who, epoch=None, version=version, into=into)
            told = (
                "Brought in: what they said there stands here now."
                if into
                else "Taken apart: two cases again."
            )
            return told, other
        case "apart" | "same":
            (other,) = _numbers(rest, 1)
            set_apart(ledger.database, case_id, other, responder=who, same=word == "same")
            return (
                "Kept: it may be the same after all." if word == "same" else "Kept: not the same problem."
            ), 0
        case "theirs" | "not-theirs" | "who-knows":
            verdict, told = ACCOUNTS[word]
            person = ledger.case(case_id).case.person_id
            judge(ledger.database, person, _numbers(rest, 1)[0], verdict, responder=who)
            return told, 0
        case "correct":
            settings: Settings = request.app.state.settings
            topics = [topic for topic in said.topic if topic in settings.topics]
            severity = int(said.severity) if said.severity.isdigit() else None
            correct(ledger.database, case_id, responder=who, severity=severity, topics=topics)
            return "Kept for the next model. The case stays where it is.", 0
        case "as-read":
            take_back(ledger.database, case_id, responder=who)
            return "Taken back: the model's reading stands.", 0
        case "seen":
            seen(ledger.database, case_id, responder=who)
            return "Good: you have seen it.", 0
    raise ValueError("choose what to say of it")


def _numbers(text: str, how_many: int) -> list[int]:
    found = [int(part) for part in text.split(":") if part.isdigit() and len(part) < 19]
    if len(found) != how_many:
        raise ValueError("this button was made for another page; load it again")
    return found


def _refused(request: Request, case_id: int, said: Said, why: str) -> Response:
    ledger: Ledger = request.app.state.ledger
    return show(request, ledger.case(case_id), status=409, problem=f"Not done: {why}.", typed=said.typed)
