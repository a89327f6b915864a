"""One's own keys: others than the desk's, none at all, or the desk's again."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.keys import ACTS, changes
from earnest.desk.pages.ways import send_to
from earnest.desk.rendering import page
from earnest.ledger.habits import Habits

router = APIRouter(include_in_schema=False)


@router.post("/you/keys")
async def set_keys(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Keep the keys as typed; where two acts could not be told apart, nothing is kept."""
    visit = identity.require_token(request, token)
    form = await request.form()
    wanted = {act.name: str(form.get(f"key-{act.name}", act.key))[:20] for act in ACTS}
    if form.get("all") == "back":
        wanted = {}
    changed, problems = changes(wanted)
    if not visit.responder:
        problems = ["say who you are first: keys are kept for a name"]
    if problems:
        return page(request, "keys.html", status=422, wished=wanted, problems=problems)
    habits: Habits = request.app.state.habits
    habits.set_keys(visit.responder, changed)
    on = form.get("keys") == "on"
    words = "These are your keys now." if changed else "You have the desk's own keys."
    return send_to(request, "/you", identity.tell(replace(visit, keys=on), words))
