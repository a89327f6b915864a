"""Why (not): what became of any post, by which rules, and a button to say that it was judged wrongly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from earnest.desk import evidence, identity
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page
from earnest.ledger import Ledger
from earnest.ledger.views import MentionWork, Routed
from listeners.post import Post
from nlp.mention import Severity
from routing.decision import Decision, Reason
from routing.rules import Rules, decide

router = APIRouter(include_in_schema=False)


@router.get("/why/{source}/{post_id:path}")
def why(request: Request, source: str, post_id: str) -> Response:
    """Show what was made of a post and every rule it met; 404 where it was never heard."""
    ledger: Ledger = request.app.state.ledger
    view = ledger.why(source, post_id)
    return page(
        request,
        "why.html",
        status=200 if view.post is not None else 404,
        view=view,
        marks=evidence.marks,
        understood=evidence.understood,
        author_of=author_of,
        said=lambda brand: ledger.labels_on(source, post_id, brand),
    )


@router.post("/why/{source}/{post_id:path}")
def judged_wrongly(
    request: Request,
    source: str,
    post_id: str,
    token: Annotated[str, Form()],
    brand: Annotated[str, Form(max_length=200)],
) -> Response:
    """A person says that this is a complaint: kept for the next training, and decided again as one."""
    visit = identity.require_token(request, token)
    here = str(request.url.path)
    if not visit.responder:
        return send_to(
            request, f"/you?back={here}", identity.tell(visit, "Say who you are first; then say it again.")
        )
    brought = call_complaint(request, source, post_id, brand, who=visit.responder)
    words = "It is in the queue now, and" if brought else "The rules still hold it back, but"
    return send_to(request, here, identity.tell(visit, f"{words} the next model learns from it."))


def call_complaint(request: Request, source: str, post_id: str, brand: str, *, who: str) -> bool:
    """Keep somebody's word that this is a complaint; whether it brought a case. 404 for no mention."""
    ledger: Ledger = request.app.state.ledger
    if not ledger.label(source, post_id, brand, label="complaint", who=who):
        raise HTTPException(404, "That mention is no longer held.")
    rules: Rules = request.app.state.settings.rules
    work = ledger.reconsider(source, post_id, brand)
    routed = Routed()
    if work is not None:
        decision = as_complaint(work, rules, who=who, now=request.app.state.clock())
        routed = ledger.record_decisions([(work, decision)])
    return bool(routed.cases_opened or routed.cases_extended)


def as_complaint(work: MentionWork, rules: Rules, *, who: str, now: datetime) -> Decision:
    """What the rules decide where a person, not the model, says that it is a complaint."""
    mention = work.routable.mention
    judged = mention.judgement
    if judged is not None:
        level = max(judged.severity, Severity.NO_REPROACH)
        judged = replace(judged, complaint=1.0, is_complaint=True, severity=level, actionable=1.0)
    item = replace(work.routable, mention=replace(mention, judgement=judged))
    decision = decide(item, rules, now=now)
    said = Reason("a person decided", f"{who} says that this is a complaint")
    return replace(decision, reasons=(said, *decision.reasons))


def author_of(post: Post) -> tuple[str, str]:
    """Handle and name of a post's author, empty where nobody is named."""
    return (post.author.handle, post.author.name) if post.author else ("", "")
