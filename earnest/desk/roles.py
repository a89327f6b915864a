"""What each role may do: one table, asked for every page and every call before it runs.

A route that is not in `WANTS` is refused to everybody once people sign in; a test compares the table
with the application's routes.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class May(StrEnum):
    """One kind of thing to do at the desk, said as the end of "you may not …"."""

    READ = "read what was heard"
    WORK = "work on cases"
    ARRANGE = "arrange views, or draw samples to audit, for the whole team"
    ERASE = "hand out or erase everything of a person"
    KEEP_DOOR = "decide who comes in"
    AUDIT = "read what happened at the door"
    BE = "sign in"


SCOPES: dict[str, May] = {may.name.lower().replace("_", "-"): may for may in May if may is not May.BE}
"""What a token may be made for: the kinds above, by a word each. It never may more than its person."""

ROLES: dict[str, frozenset[May]] = {
    "viewer": frozenset({May.BE, May.READ}),
    "responder": frozenset({May.BE, May.READ, May.WORK}),
    "lead": frozenset({May.BE, May.READ, May.WORK, May.ARRANGE, May.ERASE}),
    "admin": frozenset({May.BE, May.READ, May.WORK, May.ARRANGE, May.ERASE, May.KEEP_DOOR, May.AUDIT}),
    "auditor": frozenset({May.BE, May.READ, May.AUDIT}),
}

OPEN = frozenset({
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/oidc"),
    ("GET", "/sign-in/oidc/back"),
    ("GET", "/metrics"),
})  # fmt: skip
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
    ("GET", "/audit"): May.READ,
    ("GET", "/audit/{sample_id}"): May.READ,
    ("GET", "/overview"): May.READ,
    ("GET", "/overview.csv"): May.READ,
    ("GET", "/api/openapi.json"): May.READ,
    ("GET", "/api/queue"): May.READ,
    ("GET", "/api/cases/{case_id}"): May.READ,
    ("GET", "/api/search"): May.READ,
    ("GET", "/api/dismissed"): May.READ,
    ("GET", "/api/why/{source}/{post_id:path}"): May.READ,
    ("GET", "/api/sources"): May.READ,
    ("GET", "/api/coverage"): May.READ,
    ("GET", "/api/audit"): May.READ,
    ("GET", "/api/audit/{sample_id}"): May.READ,
    ("GET", "/api/overview"): May.READ,
    ("GET", "/api/receivers"): May.READ,
    ("GET", "/api/fuses"): May.READ,
    ("GET", "/api/news"): May.READ,
    ("GET", "/api/cases/{case_id}/articles"): May.READ,
    ("GET", "/api/people/{person_id}"): May.READ,
    ("GET", "/api/views"): May.READ,
    ("POST", "/api/views"): May.READ,
    ("POST", "/api/views/shared"): May.ARRANGE,
    ("POST", "/api/views/opens"): May.READ,
    ("DELETE", "/api/views/{view_id}"): May.READ,
    ("POST", "/api/views/{view_id}/restore"): May.READ,
    ("POST", "/views"): May.READ,
    ("POST", "/views/shared"): May.ARRANGE,
    ("POST", "/views/opens"): May.READ,
    ("POST", "/views/{view_id}/delete"): May.READ,
    ("POST", "/views/{view_id}/restore"): May.READ,
    ("POST", "/next"): May.WORK,
    ("POST", "/cases/act"): May.WORK,
    ("POST", "/cases/undo"): May.WORK,
    ("POST", "/api/cases/act"): May.WORK,
    ("POST", "/api/cases/undo"): May.WORK,
    ("POST", "/cases/{case_id}/act"): May.WORK,
    ("POST", "/cases/{case_id}/undo"): May.WORK,
    ("POST", "/cases/{case_id}/hold"): May.WORK,
    ("POST", "/cases/{case_id}/check"): May.WORK,
    ("POST", "/cases/{case_id}/say"): May.WORK,
    ("POST", "/people/{person_id}/accounts/{other_id}"): May.WORK,
    ("GET", "/api/cases/{case_id}/elsewhere"): May.READ,
    ("GET", "/api/cases/{case_id}/correction"): May.READ,
    ("GET", "/api/cases/{case_id}/replies"): May.READ,
    ("GET", "/api/people/{person_id}/accounts"): May.READ,
    ("GET", "/api/calls"): May.READ,
    ("POST", "/api/cases/{case_id}/apart"): May.WORK,
    ("POST", "/api/cases/{case_id}/correction"): May.WORK,
    ("POST", "/api/cases/{case_id}/seen"): May.WORK,
    ("POST", "/api/people/{person_id}/accounts"): May.WORK,
    ("POST", "/people/{person_id}/leave-alone"): May.WORK,
    ("POST", "/why/{source}/{post_id:path}"): May.WORK,
    ("POST", "/audit"): May.ARRANGE,
    ("POST", "/audit/{sample_id}/answer"): May.WORK,
    ("POST", "/audit/{sample_id}/back/{place}"): May.WORK,
    ("POST", "/api/audit"): May.ARRANGE,
    ("GET", "/api/audit/{sample_id}/next"): May.WORK,
    ("POST", "/api/audit/{sample_id}/answers"): May.WORK,
    ("POST", "/api/next"): May.WORK,
    ("POST", "/api/cases/{case_id}/act"): May.WORK,
    ("POST", "/api/cases/{case_id}/notes"): May.WORK,
    ("POST", "/api/cases/{case_id}/told"): May.WORK,
    ("POST", "/api/cases/{case_id}/undo"): May.WORK,
    ("POST", "/api/cases/{case_id}/hold"): May.WORK,
    ("POST", "/api/cases/{case_id}/check"): May.WORK,
    ("POST", "/api/people/{person_id}/leave-alone"): May.WORK,
    ("POST", "/api/why/{source}/{post_id:path}"): May.WORK,
    ("GET", "/api/people/{person_id}/export"): May.ERASE,
    ("POST", "/api/people/{person_id}/forget"): May.ERASE,
    ("GET", "/people/{person_id}/export.json"): May.ERASE,
    ("POST", "/people/{person_id}/forget"): May.ERASE,
    ("GET", "/you"): May.BE,
    ("POST", "/you"): May.BE,
    ("POST", "/you/keys"): May.BE,
    ("GET", "/api/keys"): May.BE,
    ("PUT", "/api/keys"): May.BE,
    ("POST", "/you/password"): May.BE,
    ("POST", "/you/sessions/end"): May.BE,
    ("POST", "/you/tokens"): May.BE,
    ("POST", "/you/tokens/revoke"): May.BE,
    ("POST", "/sign-out"): May.BE,
    ("GET", "/api/you"): May.BE,
    ("POST", "/api/you/sessions/end"): May.BE,
    ("POST", "/api/you/tokens"): May.BE,
    ("POST", "/api/you/tokens/revoke"): May.BE,
    ("GET", "/door"): May.AUDIT,
    ("GET", "/api/door"): May.AUDIT,
    ("GET", "/api/door/events"): May.AUDIT,
    ("POST", "/door/sessions/end"): May.KEEP_DOOR,
    ("POST", "/door/people/disable"): May.KEEP_DOOR,
    ("POST", "/door/people/queues"): May.KEEP_DOOR,
    ("POST", "/door/tokens/revoke"): May.KEEP_DOOR,
    ("POST", "/api/door/sessions/end"): May.KEEP_DOOR,
    ("POST", "/api/door/people/disable"): May.KEEP_DOOR,
    ("POST", "/api/door/people/queues"): May.KEEP_DOOR,
    ("POST", "/api/door/tokens/revoke"): May.KEEP_DOOR,
}
"""(method, route) → what one must be allowed to. A new route is written here, or nobody reaches it."""

AUDITED: dict[tuple[str, str], str] = {
    ("GET", "/people/{person_id}/export.json"): "export",
    ("GET", "/api/people/{person_id}/export"): "export",
    ("POST", "/people/{person_id}/forget"): "forget",
    ("POST", "/api/people/{person_id}/forget"): "forget",
    ("POST", "/people/{person_id}/leave-alone"): "wish",
    ("POST", "/api/people/{person_id}/leave-alone"): "wish",
}
"""What goes into the audit when it was asked for by somebody who may, and as what."""

COSTLY = frozenset({
    ("GET", "/search"),
    ("GET", "/api/search"),
    ("GET", "/coverage"),
    ("GET", "/api/coverage"),
    ("GET", "/overview"),
    ("GET", "/overview.csv"),
    ("GET", "/api/overview"),
    ("POST", "/audit"),
    ("POST", "/api/audit"),
    ("GET", "/people/{person_id}"),
    ("GET", "/api/people/{person_id}"),
    ("GET", "/people/{person_id}/export.json"),
    ("GET", "/api/people/{person_id}/export"),
    ("POST", "/people/{person_id}/forget"),
    ("POST", "/api/people/{person_id}/forget"),
    ("POST", "/why/{source}/{post_id:path}"),
    ("POST", "/api/why/{source}/{post_id:path}"),
})  # fmt: skip
"""What takes the ledger or the index long: nobody may ask for it as often as for the rest."""


def wants(method: str, route: str) -> May | None:
    """What a route asks for; None where it is not in the table. HEAD asks for what GET does."""
    return WANTS.get(("GET" if method == "HEAD" else method, route))


def allowed(role: str, what: May | None, scopes: Collection[str] | None = None) -> bool:
    """Whether a role may do this; an unknown role or thing is never allowed.

    scopes: of the token in whose place it is done; None where it is done in person.
    """
    if what is None or what not in ROLES.get(role, frozenset()):
        return False
    return scopes is None or what is May.BE or any(SCOPES.get(scope) is what for scope in scopes)


def scopes_of(role: str) -> list[str]:
    """What a token of somebody with this role may be made for."""
    return [scope for scope, may in SCOPES.items() if may in ROLES.get(role, frozenset())]


def who_may(what: May) -> str:
    """The roles that may do this, as words."""
    names = [role for role, may in ROLES.items() if what in may]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
