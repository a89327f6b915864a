"""Asks the desk's API whatever its OpenAPI description allows, and what it forbids, by schemathesis."""

from __future__ import annotations

import asyncio
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings

from earnest.ledger import Ledger
from earnest.ledger.tokens import MOST
from tests.desk.browser import HOME

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own parts speak of their future
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.generation import GenerationMode
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

HERE = 8
"""Cases, people and sessions have small numbers: every other call asks for one that may be there."""


LAST = ("/forget", "/disable", "/revoke")
"""After these less is there to be asked for."""
SCOPES = {"read", "work", "arrange", "erase", "keep-door", "audit"}


@dataclass
class Asked:
    """What became of the calls of one operation. wrong: every kind of failure once, with how to see it."""

    name: str
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """How the calls go: in which loop, by which client, with which headers, how many."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    headers: dict[str, str]
    examples: int
    derandomize: bool


def ask_everything(
    app: FastAPI,
    *,
    examples: int,
    derandomize: bool,
    headers: dict[str, str] | None = None,
    both: bool = True,
) -> list[Asked]:
    """Every operation with so many examples of what fits, and as many of what does not.

    both: false asks every second one only for what fits, and the others for what does not.
    """
    schema = schemathesis.openapi.from_dict(app.openapi())
    told = []
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=HOME
        )
        way = Way(runner, client, headers or {}, examples, derandomize)
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in sorted(operations, key=lambda one: one.label.endswith(LAST)):
            asked = Asked(operation.label)
            modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
            for mode in modes if both else modes[len(told) % 2 :][:1]:
                _ask(way, operation, mode, asked)
            told.append(asked)
        runner.run(client.aclose())
    return told


def admin_token(ledger: Ledger) -> str:
    """The secret of a token that may everything; its number is none that is guessed and revoked soon."""
    ledger.doors.add("Ada Lin", "admin", "hash", by="test")
    for number in range(MOST - 1):
        ledger.doors.tokens.make("Ada Lin", f"before {number}", {"read"}, lasts=timedelta(days=1), by="test")
    return ledger.doors.tokens.make("Ada Lin", "all", SCOPES, lasts=timedelta(days=1), by="test")[1]


def _ask(way: Way, operation: Any, mode: GenerationMode, asked: Asked) -> None:
    checks = [not_a_server_error]
    if mode is GenerationMode.POSITIVE:
        checks += [status_code_conformance, content_type_conformance, response_schema_conformance]
    count = 0

    @settings(
        max_examples=way.examples,
        derandomize=way.derandomize,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        nonlocal count
        count += 1
        if count % 2:
            _name_what_is_there(case, count)
        sent = case.as_transport_kwargs(base_url=HOME)
        response = way.runner.run(_send(way, sent))
        asked.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                asked.wrong.setdefault(
                    f"{type(failure).__name__} ({response.status_code})",
                    f"{str(failure)[:600]}\n{case.as_curl_command()[:600]}",
                )

    try:
        once()
    except Exception as trouble:
        if "Unsatisfiable" not in type(trouble).__name__:  # nothing it could send would be wrong
            raise


def _name_what_is_there(case: Any, count: int) -> None:
    for name in case.path_parameters or {}:
        there = {"source": "x", "post_id": "601"}.get(name, 1 + count % HERE)
        case.path_parameters[name] = there
    if isinstance(case.body, dict) and isinstance(case.body.get("version"), int):
        case.body["version"] = 1 + count % 3


async def _send(way: Way, sent: dict[str, Any]) -> httpx.Response:
    kept = {name: sent[name] for name in ("params", "json", "files") if sent.get(name) is not None}
    content = sent.get("data")
    headers = httpx.Headers({k: _plain(v) for k, v in (sent.get("headers") or {}).items()})
    headers.update(way.headers)
    return await way.client.request(
        sent["method"],
        sent["url"],
        headers=headers,
        content=content if isinstance(content, bytes | str) else None,
        data=content if isinstance(content, dict) else None,
        **kept,
    )


def _plain(value: Any) -> str:
    """A header as it can be sent at all."""
    return str(value).encode("ascii", "ignore").decode().strip("\r\n\0 ")
