"""One case: the person, what they said in its thread, why it is here, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from earnest.desk import evidence, identity, times, words
from earnest.desk.aids import aids
from earnest.desk.happenings import event_words
from earnest.desk.knowledge import Offer, Shelf
from earnest.desk.pages.ways import Number
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.views import CaseView, ThreadPost
from routing.case import TRANSITIONS, State
from routing.courtesy import FIELD, Finding

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a responder had typed when a write was refused: shown again, never lost."""

    note: str = ""
    reason: str = ""
    until: str = ""
    reply: str = ""
    to: str = ""
    action: str = ""


@router.get("/cases/{case_id}")
def case(request: Request, case_id: Number) -> Response:
    """Show a case."""
    ledger: Ledger = request.app.state.ledger
    return show(request, ledger.case(case_id))


def show(
    request: Request,
    view: CaseView,
    *,
    status: int = 200,
    problem: str = "",
    typed: Typed | None = None,
    seen: int | None = None,
    findings: Sequence[Finding] | None = None,
) -> Response:
    """The case's page. After a refused write: the problem, what changed since `seen`, and what was typed."""
    values = about(request, view, problem=problem, typed=typed, seen=seen, findings=findings)
    return page(request, "case.html", status=status, **values)


def about(
    request: Request,
    view: CaseView,
    *,
    problem: str = "",
    typed: Typed | None = None,
    seen: int | None = None,
    findings: Sequence[Finding] | None = None,
) -> dict[str, Any]:
    """What the case's template shows: on its own page, and beside the queue."""
    now: datetime = request.app.state.clock()
    responder = identity.visit_of(request).responder
    row = view.case
    mine = row.owner is not None and row.owner == responder
    spoken = latest(view)
    return aids(request, view) | {
        "view": view,
        "row": row,
        "mine": mine,
        "held": row.state is State.ASSIGNED and row.owner is not None and not mine,
        "can": {action.value: row.state in starts for action, (starts, _) in TRANSITIONS.items()},
        "problem": problem,
        "typed": typed or Typed(),
        "news": [] if seen is None else [event for event in view.events if event.id > seen],
        "undoable": bool(view.events)
        and view.events[-1].who == responder
        and view.events[-1].action not in {"undo", "weigh"},
        "last_event": max((event.id for event in view.events), default=0),
        "marks": evidence.marks,
        "findings": findings,
        "offers": offers(request.app.state.shelf, view),
        "unfilled": unfilled,
        "understood": _understood(spoken),
        "model": _model(spoken),
        "ended": evidence.ended,
        "side_of": side_of,
        "told": event_words,
        "presets": times.presets(now, request.app.state.zone),
    }


def side_of(item: ThreadPost) -> str:
    """Whose post it is, as a CSS class: ours, heard (what the case is about) or other."""
    return "ours" if item.own_voice else "heard" if item.in_case else "other"


def unfilled(text: str) -> Markup:
    """A saved reply with the fields marked that are still to be filled in."""
    return words.shown(text, [words.Mark(m.start(), m.end(), "field") for m in FIELD.finditer(text)])


def latest(view: CaseView) -> ThreadPost | None:
    """What the person said last in this case, as far as it was understood."""
    heard = [item for item in view.thread if item.in_case and item.mention is not None]
    return max(heard, key=lambda item: item.post.created_at, default=None)


def offers(shelf: Shelf, view: CaseView) -> list[Offer]:
    """The articles that fit what the person said in this case."""
    spoken = latest(view)
    said = " ".join(f"{item.post.title} {item.post.text}" for item in view.thread if item.in_case)
    judged = spoken.mention.judgement if spoken is not None and spoken.mention is not None else None
    return shelf.fitting(said, judged.topics if judged is not None else ())


def _understood(item: ThreadPost | None) -> list[tuple[str, str]]:
    if item is None or item.mention is None or item.mention.judgement is None:
        return []
    return evidence.understood(item.mention.judgement)


def _model(item: ThreadPost | None) -> str:
    judged = item.mention.judgement if item is not None and item.mention is not None else None
    return judged.model if judged is not None else ""
