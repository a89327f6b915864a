"""What each role may do: one table, asked for every page and every call before it runs.

A route that is not in `WANTS` is refused to everybody once people sign in; a test compares the table
with the application's routes.
"""

from __future__ import annotations

from enum import StrEnum


class May(StrEnum):
    """One kind of thing to do at the desk, said as the end of "you may not …"."""

    READ = "read what was heard"
    WORK = "work on cases"
    ERASE = "hand out or erase everything of a person"
    KEEP_DOOR = "decide who comes in"
    AUDIT = "read what happened at the door"
    BE = "sign in"


ROLES: dict[str, frozenset[May]] = {
    "viewer": frozenset({May.BE, May.READ}),
    "responder": frozenset({May.BE, May.READ, May.WORK}),
    "lead": frozenset({May.BE, May.READ, May.WORK, May.ERASE}),
    "admin": frozenset({May.BE, May.READ, May.WORK, May.ERASE, May.KEEP_DOOR, May.AUDIT}),
    "auditor": frozenset({May.BE, May.READ, May.AUDIT}),
}

OPEN = frozenset({("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/metrics")})
"""What answers without a sign-in, beside the static files. Metrics answer programs on this machine only."""

WANTS: dict[tuple[str, str], May] = {
    ("GET", "/"): May.READ,
    ("GET", "/live"): May.READ,
    ("GET", "/cases/{case_id}"): May.READ,
    ("GET", "/people/{person_id}"): May.READ,
    ("GET", "/search"): May.READ,
    ("GET", "/dismissed"): May.READ,
    ("GET", "/why/{source}/{post_id:path}"): May.READ,
    ("GET", "/status"): May.READ,
    ("GET", "/coverage"): May.READ,
    ("GET", "/api/openapi.json"): May.READ,
    ("GET", "/api/queue"): May.READ,
    ("GET", "/api/cases/{case_id}"): May.READ,
    ("GET", "/api/search"): May.READ,
    ("GET", "/api/dismissed"): May.READ,
    ("GET", "/api/why/{source}/{post_id:path}"): May.READ,
    ("GET", "/api/sources"): May.READ,
    ("GET", "/api/coverage"): May.READ,
    ("POST", "/next"): May.WORK,
    ("POST", "/cases/{case_id}/act"): May.WORK,
    ("POST", "/cases/{case_id}/undo"): May.WORK,
    ("POST", "/cases/{case_id}/hold"): May.WORK,
    ("POST", "/cases/{case_id}/check"): May.WORK,
    ("POST", "/people/{person_id}/leave-alone"): May.WORK,
    ("POST", "/why/{source}/{post_id:path}"): May.WORK,
    ("POST", "/api/next"): May.WORK,
    ("POST", "/api/cases/{case_id}/act"): May.WORK,
    ("POST", "/api/cases/{case_id}/notes"): May.WORK,
    ("POST", "/api/cases/{case_id}/told"): May.WORK,
    ("POST", "/api/cases/{case_id}/undo"): May.WORK,
    ("GET", "/people/{person_id}/export.json"): May.ERASE,
    ("POST", "/people/{person_id}/forget"): May.ERASE,
    ("GET", "/you"): May.BE,
    ("POST", "/you"): May.BE,
    ("POST", "/you/password"): May.BE,
    ("POST", "/you/sessions/end"): May.BE,
    ("POST", "/sign-out"): May.BE,
    ("GET", "/door"): May.AUDIT,
    ("POST", "/door/sessions/end"): May.KEEP_DOOR,
    ("POST", "/door/people/disable"): May.KEEP_DOOR,
}
"""(method, route) → what one must be allowed to. A new route is written here, or nobody reaches it."""

AUDITED = frozenset({
    ("GET", "/people/{person_id}/export.json"),
    ("POST", "/people/{person_id}/forget"),
    ("POST", "/people/{person_id}/leave-alone"),
})  # fmt: skip
"""What goes into the audit when it was asked for by somebody who may."""


def wants(method: str, route: str) -> May | None:
    """What a route asks for; None where it is not in the table. HEAD asks for what GET does."""
    return WANTS.get(("GET" if method == "HEAD" else method, route))


def allowed(role: str, what: May | None) -> bool:
    """Whether a role may do this; an unknown role or thing is never allowed."""
    return what is not None and what in ROLES.get(role, frozenset())


def who_may(what: May) -> str:
    """The roles that may do this, as words."""
    names = [role for role, may in ROLES.items() if what in may]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
