"""The API's description at /api/openapi.json: what is in it beyond the routes themselves.

Every call says how one signs in, which kind of right it needs (the word a token is made for), and the
refusals that the door gives before the call runs.
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.routing import BaseRoute

from earnest.desk import roles
from earnest.desk.doorkeeper import COOKIE

SECURED = [
    Depends(
        HTTPBearer(
            scheme_name="token",
            description="A token of `earnest people tokens make`, or of the page You.",
            auto_error=False,
        )
    ),
    Depends(APIKeyCookie(name=COOKIE, scheme_name="session", description="Who signed in.", auto_error=False)),
]
"""For the description alone: who may is judged by the doorkeeper, before any of this runs."""

_REFUSALS = {
    "400": "the body is no JSON, or `after` is no place in the list",
    "401": "not signed in, or a token that opens nothing",
    "403": "this role, or this token, may not",
    "421": "the desk does not answer to that name, or not without TLS",
    "429": "too much in one minute; Retry-After says when to come back",
    "503": "the ledger cannot be used just now",
}


def describe(app: FastAPI) -> None:
    """Add this to what the application tells of itself."""
    plain = app.openapi

    def told() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), app.routes)
        return plain()

    app.openapi = told  # type: ignore[method-assign]


def _complete(schema: dict[str, Any], routes: list[BaseRoute]) -> None:
    words = {
        "description": "words for people",
        "type": "object",
        "properties": {"detail": {"type": "string"}},
    }
    schema.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = words
    said = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}}
    scopes = {may: scope for scope, may in roles.SCOPES.items()}
    for route in routes:
        if not isinstance(route, APIRoute) or route.path_format not in schema["paths"]:
            continue
        for method in route.methods:
            call = schema["paths"][route.path_format][method.lower()]
            what = roles.wants(method, route.path)
            if what in scopes:
                call["x-scope"] = scopes[what]
            for status, why in _REFUSALS.items():
                there = call["responses"].setdefault(status, {"description": why})
                there.setdefault("content", said["content"])
            for status, there in call["responses"].items():
                if status.startswith("4"):
                    there["content"] = said["content"]
                    there["description"] = there.get("description") or "refused, in words"
