"""Every route of the desk, asked by every role and by nobody."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from earnest.desk import roles
from earnest.desk.passwords import hash_password
from earnest.desk.roles import OPEN, ROLES, WANTS, May
from earnest.ledger import door_tables
from tests.desk.browser import Browser
from tests.desk.larkspur import Room

PASSWORD = "kettle orbit lantern 9"


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory, afternoon: Path) -> Iterator[Room]:
    """A desk with one person of every role."""
    folder = tmp_path_factory.mktemp("staffed")
    shutil.copytree(afternoon, folder, dirs_exist_ok=True)
    room = Room(folder)
    kept = hash_password(PASSWORD)
    for role in ROLES:
        room.ledger.doors.add(f"The {role}", role, kept, by="test")
    yield room
    room.ledger.close()


@pytest.fixture(scope="module")
def signed_in(staffed: Room) -> dict[str, Browser]:
    """A browser for every role."""
    browsers = {}
    for role in ROLES:
        browsers[role] = browser = Browser(staffed.app)
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"name": f"The {role}", "password": PASSWORD})
        assert answer.status_code == 303
    return browsers


def _routes(room: Room) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in room.app.routes
        if isinstance(route, APIRoute | Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def _address(route: str) -> str:
    filled = route.replace("{source}", "x").replace("{post_id:path}", "601")
    return re.sub(r"\{[a-z_]+\}", "1", filled)


def test_every_route_is_in_the_table(staffed: Room) -> None:
    """A new route is written into WANTS with what one must be allowed to, or nobody reaches it."""
    assert _routes(staffed) == set(WANTS) | OPEN


def test_the_roles_are_those_of_the_ledger() -> None:
    """One list in the database's constraint, one with what they may do."""
    assert set(ROLES) == set(door_tables.ROLES)


@pytest.mark.parametrize(("method", "route"), sorted(WANTS))
def test_nobody_comes_in_unknown(staffed: Room, method: str, route: str) -> None:
    """Pages lead to the sign-in, programs get a 401, forms change nothing."""
    browser = Browser(staffed.app)
    options = {"headers": {"Sec-Fetch-Site": "same-origin"}} if method == "POST" else {}
    answer = browser.request(method, _address(route), **options)
    if method == "POST" or route.startswith("/api/"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")


SAMPLE = {what: next(pair for pair in WANTS if WANTS[pair] is what) for what in May}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_it_may_and_nothing_else(signed_in: dict[str, Browser], role: str) -> None:
    """Route by route: 403 exactly where the table says no. Forms without token do no harm on the way."""
    browser = signed_in[role]
    wrong = []
    for (method, route), what in sorted(WANTS.items()):
        if route in {"/live", "/sign-out"}:
            continue  # one never ends, the other ends the session: each has a test of its own
        options = {"headers": {"Sec-Fetch-Site": "same-origin"}} if method == "POST" else {}
        answer = browser.request(method, _address(route), **options)
        refused = answer.status_code == 403 and "you may not" in answer.text
        if refused == (what in ROLES[role]):
            wrong.append(f"{method} {route}: {answer.status_code}")
    assert not wrong


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", {May.BE, May.READ}),
        ("responder", {May.BE, May.READ, May.WORK}),
        ("lead", {May.BE, May.READ, May.WORK, May.ARRANGE, May.ERASE}),
        ("admin", set(May)),
        ("auditor", {May.BE, May.READ, May.AUDIT}),
    ],
)
def test_what_the_roles_may(role: str, may: set[May]) -> None:
    """Written twice on purpose: whoever widens a role changes this line too."""
    assert ROLES[role] == may


def test_an_unknown_role_or_route_may_nothing() -> None:
    """Refused by default."""
    assert not roles.allowed("king", May.READ)
    assert not roles.allowed("admin", roles.wants("GET", "/new-page"))
    assert roles.wants("HEAD", "/") is May.READ


def test_a_viewer_is_offered_no_buttons(signed_in: dict[str, Browser]) -> None:
    """What one may not do is not shown; what one may read is."""
    browser = signed_in["viewer"]
    for path in ("/", "/cases/1", "/people/1", "/why/x/601"):
        assert browser.get(path).status_code == 200
        forms = re.findall(r'method="post" action="([^"]*)"', browser.page)
        assert [form for form in forms if not form.startswith("/views")] == ["/sign-out"]
    assert "You read along" in Browser.get(browser, "/cases/1").text


def test_a_new_role_holds_from_the_next_click(staffed: Room) -> None:
    """No sign-in needed in between."""
    staffed.ledger.doors.add("Sam Bell", "viewer", hash_password(PASSWORD), by="test")
    sam = Browser(staffed.app)
    sam.get("/sign-in")
    sam.post("/sign-in", {"name": "Sam Bell", "password": PASSWORD})
    assert sam.get("/door").status_code == 403
    staffed.ledger.doors.set_role("Sam Bell", "auditor", by="test")
    assert sam.get("/door").status_code == 200


def test_an_admin_shows_people_the_door(staffed: Room, signed_in: dict[str, Browser]) -> None:
    """Sessions end and people are kept out, at once; oneself one cannot lock out."""
    staffed.ledger.doors.add("Tom Reed", "responder", hash_password(PASSWORD), by="test")
    tom, admin = Browser(staffed.app), signed_in["admin"]
    for press in ("session", "person"):
        tom.get("/sign-in")
        assert tom.post("/sign-in", {"name": "Tom Reed", "password": PASSWORD}).status_code == 303
        admin.get("/door")
        if press == "session":
            found = re.search(r'name="session" value="(\d+)"><button>End the session of Tom Reed', admin.page)
            assert found
            admin.post("/door/sessions/end", {"session": found.group(1)})
        else:
            admin.post("/door/people/disable", {"name": "Tom Reed"})
        assert tom.get("/").status_code == 303
    admin.get("/door")
    admin.post("/door/people/disable", {"name": "The admin"})
    assert admin.get("/door").status_code == 200


def test_what_is_handed_out_or_erased_is_in_the_audit(staffed: Room, signed_in: dict[str, Browser]) -> None:
    """Who took a person's record, and when."""
    assert signed_in["lead"].get("/people/1/export.json").status_code == 200
    event = staffed.ledger.doors.events()[0]
    assert (event.kind, event.who, event.details["path"]) == ("export", "The lead", "/people/1/export.json")
