"""The answer, written here and checked; copied and sent by the responder, on the network itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from earnest.desk import identity
from earnest.desk.aids import alone_elsewhere, saved
from earnest.desk.pages.acts import Sent
from earnest.desk.pages.case import show
from earnest.desk.pages.ways import Number
from earnest.ledger import Ledger
from earnest.ledger.accounts import accounts_of
from earnest.ledger.views import CaseView, QueueRow
from earnest.settings import Settings
from routing.courtesy import Finding, check

router = APIRouter(include_in_schema=False)


@router.post("/cases/{case_id}/check")
def check_reply(request: Request, case_id: Number, sent: Annotated[Sent, Form()]) -> Response:
    """Read a drafted answer before it goes out; nothing is stored and nothing is sent."""
    identity.require_token(request, sent.token)
    ledger: Ledger = request.app.state.ledger
    view = ledger.case(case_id)
    if sent.saved:
        sent.reply = _with(sent.reply, request, view, sent.saved)
    alone = alone_elsewhere(accounts_of(ledger.database, view.case.person_id))
    findings = findings_in(sent.reply, view.case, request.app.state.settings, alone=alone)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"findings": [as_json(finding) for finding in findings]})
    return show(request, view, typed=sent.typed, findings=findings)


def _with(reply: str, request: Request, view: CaseView, name: str) -> str:
    """An answer with a saved reply put below what is written already."""
    text = next((ready.text for ready in saved(request, view) if ready.name == name), "")
    return f"{reply.rstrip()}\n\n{text}" if reply.strip() else text


def findings_in(reply: str, row: QueueRow, settings: Settings, *, alone: bool = False) -> Sequence[Finding]:
    """What the courtesy check says of an answer to this person; () for an empty one.

    alone: they asked to be left alone with another account of theirs.
    """
    if not reply.strip():
        return ()
    own = [name for brand in settings.brands for names in brand.own_accounts.values() for name in names]
    return check(reply, handle=row.handle, name=row.name, own_handles=own, left_alone=row.left_alone or alone)


def as_json(finding: Finding) -> dict[str, Any]:
    """A finding for the browser."""
    return {
        "what": finding.what.value,
        "start": finding.start,
        "end": finding.end,
        "why": finding.why,
        "mend": finding.mend,
        "stops": finding.stops,
    }
