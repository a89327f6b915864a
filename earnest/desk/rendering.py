"""From a template's name and its values to an answer; the words and times every page may use."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from earnest.desk import glances, identity, keys, labels, pieces, roles, rows, times, words
from earnest.ledger.errors import LedgerError

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def static_version() -> str:
    """A short hash over every static file: part of their address, so that caches may keep them for good."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def environment(zone: tzinfo) -> Environment:
    """The templates' environment for desks in this zone: autoescaped, and a misspelt name is an error."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        plain=words.plain,
        steps=pieces.steps,
        tags=pieces.tags,
        reasons=pieces.reasons,
        priority=pieces.priority,
        excerpt=rows.excerpt,
        reproach=rows.severity_of,
        standing=rows.standing,
        safe_url=words.safe_url,
        host=words.host_of,
        source=labels.source_name,
        network=labels.network_name,
        state=labels.state_name,
        severity=labels.severity_name,
        urgency=labels.urgency_name,
        topic=labels.topic_name,
        happened=labels.happened,
        said=labels.said,
        clock=lambda when: f"{when.astimezone(zone):%H:%M}",
        moment=lambda when: times.moment(when, zone),
    )
    env.globals.update(
        shown=words.shown,
        person=pieces.person,
        handle=pieces.handle,
        handle_name=labels.handle_name,
        pressure=times.pressure,
        DISMISSALS=labels.DISMISSALS,
        KEYS=keys.ACTS,
        key_help=pieces.key_help,
        static=f"/static/{static_version()}",
    )
    return env


def page(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    visit: identity.Visit | None = None,
    **values: Any,
) -> HTMLResponse:
    """Render `template` for this visit; a message that was waiting for the next page is shown and spent.

    visit: where the route changed it (a new name); otherwise the request's own.
    """
    visit = visit or identity.visit_of(request)
    response = HTMLResponse(_rendered(request, template, visit, values), status)
    identity.keep(request, response, identity.Visit(visit.id, visit.responder, visit.keys))
    return response


def part(request: Request, template: str, /, **values: Any) -> Markup:
    """Render `template` to stand inside another page; such a template has no frame of its own."""
    html = _rendered(request, template, identity.visit_of(request), {**values, "beside": True})
    return Markup(html)  # noqa: S704 - an autoescaped template's own


def _rendered(request: Request, template: str, visit: identity.Visit, values: dict[str, Any]) -> str:
    app = request.app
    now: datetime = app.state.clock()
    role = identity.role_of(request)
    mine = _keys(request, visit)
    my_keys = tuple(mine.values())
    html: str = app.state.templates.get_template(template).render(
        **values,
        visit=visit,
        keys=mine,
        keymap=_keymap(my_keys),
        my_keys=my_keys,
        team=app.state.settings.desk.team,
        token=app.state.seal.token(visit),
        role=role,
        locked_out=role == identity.NOBODY,
        may=lambda what: role == identity.ANYBODY or roles.allowed(role, roles.May[what]),
        alarms=lambda: glances.alarms(request),
        now=now,
        path=request.url.path,
        here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        when=lambda moment: pieces.when(moment, now, app.state.zone),
        due=lambda moment: pieces.due(moment, now, app.state.zone),
    )
    return html


@lru_cache
def _keymap(mine: tuple[str, ...]) -> str:
    """What the browser is told of the keys: act, key, where it acts, where it goes; in the order of ACTS."""
    told = [(act.name, key, act.where, act.goes) for act, key in zip(keys.ACTS, mine, strict=True) if key]
    return json.dumps(told)


def _keys(request: Request, visit: identity.Visit) -> dict[str, str]:
    """What each key does for this visit; the desk's own keys where the ledger cannot tell."""
    if not visit.responder:
        return keys.OWN
    try:
        return keys.keys_with(request.app.state.habits.of(visit.responder).keys)
    except LedgerError:
        return keys.OWN
