"""The lead's figures and the receivers as JSON."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from earnest.desk import glances
from earnest.ledger.outbox import Standing
from earnest.overview import as_json
from earnest.telling.passing import standings

router = APIRouter(prefix="/api", tags=["desk"])


@router.get("/overview")
def show_overview(request: Request) -> dict[str, Any]:
    """How it goes for the people who wait: the figures of the page Overview, at most a minute old."""
    return as_json(glances.overview(request))


@router.get("/receivers")
def list_receivers(request: Request) -> list[Standing]:
    """How everybody stands who is told what happens: what waits, what fails and since when."""
    state = request.app.state
    return standings(state.settings.desk.tell, state.ledger)
