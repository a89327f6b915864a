"""Numbers for Prometheus, to programs on this machine only."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, HTTPException, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from earnest.desk.metrics import Metrics

router = APIRouter(include_in_schema=False)

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The metrics; 404 to whoever asks from elsewhere, also through a proxy on this machine."""
    here = request.client is not None and _loopback(request.client.host)
    if not here or any(name in request.headers for name in _FORWARDED):
        raise HTTPException(404)
    told: Metrics = request.app.state.metrics
    return Response(told.text(), headers={"content-type": CONTENT_TYPE_LATEST})


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
