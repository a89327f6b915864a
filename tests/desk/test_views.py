"""Views that people save: named, counted, shared, opened with, deleted, brought back."""

from __future__ import annotations

import re

from routing.case import Action
from tests.desk.browser import HOME, Browser
from tests.desk.larkspur import Room


def _tabs(browser: Browser, path: str = "/?view=all") -> dict[str, str]:
    """The views as the page lists them, with their counts."""
    nav = browser.get(path).text.split('aria-label="Views"', 1)[1].split("</nav>", 1)[0]
    found = re.findall(r">([^<]+?)(?: <span class=\"only-spoken\">[^<]*</span>)? <span class=\"count\">", nav)
    return dict(zip(map(str.strip, found), re.findall(r'class="count">([^<]+)<', nav), strict=True))


def test_a_saved_view_is_listed_with_its_count(room: Room, priya: Browser, tom: Browser) -> None:
    """For who saved it, and for nobody else; the count follows what happens."""
    priya.get("/?topic=outage")
    assert (
        priya.post("/views", {"name": "Outages", "filters": "topic=outage"}).headers["location"]
        == "/?topic=outage"
    )
    assert _tabs(priya)["Outages"] == "2"
    assert "Outages" not in _tabs(tom)
    case = room.case_of("priya_n")
    room.ledger.act(case.case_id, Action.RESOLVE, responder="Tom Reed", epoch=None, version=case.version)
    room.clock.pass_by(minutes=2)  # a count that took long is held for a minute
    assert _tabs(priya)["Outages"] == "1"


def test_a_shared_view_is_everybodys(priya: Browser, tom: Browser) -> None:
    """The lead's views stand beside one's own."""
    priya.get("/")
    priya.post("/views/shared", {"name": "Night shift", "filters": "who=free&urgency=3"})
    assert _tabs(tom)["Night shift"] == "1"


def test_a_deleted_view_can_be_brought_back(priya: Browser) -> None:
    """The page after the deletion offers the way back."""
    priya.get("/")
    priya.post("/views", {"name": "Money", "filters": "topic=billing"})
    found = re.search(r'action="(/views/\d+/delete)"', priya.get("/?topic=billing").text)
    assert found
    priya.post(found.group(1))
    back = found.group(1).replace("delete", "restore")
    assert "Money" not in _tabs(priya)
    assert f'action="{back}"' in priya.page
    assert priya.post(back).status_code == 303
    assert "Money" in _tabs(priya)
    assert priya.post(back).status_code == 409


def test_the_queue_opens_with_what_one_chose(priya: Browser) -> None:
    """Everybody stays one click away, and the choice can be taken back."""
    priya.get("/")
    priya.post("/views/opens", {"filters": "view=mine"})
    assert priya.get("/").headers["location"] == "/?view=mine"
    assert 'href="/?view=all"' in priya.get("/?view=mine").text
    assert priya.get("/?view=all").status_code == 200
    priya.post("/views/opens", {"filters": ""})
    assert priya.get("/").status_code == 200


def test_a_view_needs_a_name(priya: Browser) -> None:
    """Nothing is saved without one."""
    priya.get("/")
    assert priya.post("/views", {"name": " \u202e ", "filters": "topic=outage"}).status_code == 422


def test_programs_keep_views_too(room: Room) -> None:
    """Saved, listed with counts, opened with, deleted, brought back."""
    headers = {"Earnest-Responder": "Robot", "Origin": HOME}
    program = Browser(room.app)

    def call(method: str, path: str, **json: object) -> object:
        answer = program.request(method, path, headers=headers, **({"json": json} if json else {}))
        assert answer.status_code == 200, answer.text
        return answer.json()

    saved = call("POST", "/api/views", name="Money", filters="topic=billing&bogus=1")
    assert isinstance(saved, dict)
    assert saved["filters"] == "topic=billing"
    call("POST", "/api/views/opens", filters="view=mine")
    listed = call("GET", "/api/views")
    assert isinstance(listed, dict)
    assert (listed["counts"], listed["opens"]) == ({str(saved["id"]): "1"}, "view=mine")
    call("DELETE", f"/api/views/{saved['id']}")
    call("POST", f"/api/views/{saved['id']}/restore")
    assert program.request("DELETE", "/api/views/999", headers=headers).status_code == 404
