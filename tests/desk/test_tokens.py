"""Programs with a token: in whose name, what they may, how much, and what they leave behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from earnest.desk.app import create_app
from earnest.door_settings import Limits
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


@pytest.fixture
def staffed(room: Room) -> Room:
    """A desk where Priya is a responder and Ada an admin."""
    room.ledger.doors.add("Priya Shah", "responder", "hash", by="test")
    room.ledger.doors.add("Ada Lin", "admin", "hash", by="test")
    return room


class Program:
    """Calls the API with a token and no cookies."""

    def __init__(self, room: Room, secret: str) -> None:
        self.browser = Browser(room.app)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> httpx.Response:
        """Read."""
        return self.browser.get(path, headers=self.headers)

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Change something, as programs do: no form, no origin."""
        return self.browser.request("POST", path, json=body, headers=self.headers)


def _program(room: Room, *scopes: str, who: str = "Priya Shah") -> Program:
    _, secret = room.ledger.doors.tokens.make(who, "robot", set(scopes), lasts=timedelta(days=1), by="test")
    return Program(room, secret)


def _sign_in(room: Room, name: str) -> Browser:
    return Browser(room.app).come_in(room.ledger.doors, name)


def test_a_program_works_in_its_persons_name(staffed: Room) -> None:
    """No CSRF token, no cookie needed, none set; a header cannot say another name."""
    robot = _program(staffed, "read", "work")
    robot.headers["Earnest-Responder"] = "The Boss"
    answer = robot.post("/api/next", {})
    assert answer.status_code == 200
    assert staffed.ledger.case(answer.json()["case_id"]).case.owner == "Priya Shah"
    assert robot.get("/api/queue").status_code == 200
    assert "set-cookie" not in answer.headers
    assert not robot.browser.cookies
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_may_what_it_was_made_for(staffed: Room) -> None:
    """The refusal says which, and is in the audit with the token's beginning."""
    robot = _program(staffed, "read")
    assert robot.get("/api/queue").status_code == 200
    refused = robot.post("/api/next", {})
    assert refused.status_code == 403
    assert "may not work on cases: it was made for read alone" in refused.json()["detail"]
    event = staffed.ledger.doors.events()[0]
    assert (event.kind, event.who) == ("refused", "Priya Shah")
    assert event.details["token"].startswith("earnest_")


def test_a_token_never_may_more_than_its_person(staffed: Room) -> None:
    """A role that was taken away is taken from the token, too."""
    robot = _program(staffed, "audit", "read", who="Ada Lin")
    assert robot.get("/api/door/events").status_code == 200
    staffed.ledger.doors.set_role("Ada Lin", "viewer", by="boss")
    assert "As viewer you may not" in robot.get("/api/door/events").json()["detail"]


@pytest.mark.parametrize("how", ["revoked", "ran out", "disabled", "unknown"])
def test_a_token_that_ended_opens_nothing(staffed: Room, how: str) -> None:
    """401 with the reason, even beside a good cookie; told to the audit once a minute, if it was ever one."""
    robot = _program(staffed, "read")
    match how:
        case "revoked":
            staffed.ledger.doors.tokens.revoke(1, by="test")
        case "ran out":
            staffed.clock.pass_by(days=2)
        case "disabled":
            staffed.ledger.doors.disable("Priya Shah", by="test")
        case "unknown":
            robot.headers["Authorization"] = "Bearer made-up"
    robot.browser = _sign_in(staffed, "Ada Lin")
    before = len(staffed.ledger.doors.events())
    answers = [robot.get("/api/queue") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert len(staffed.ledger.doors.events()) - before == (0 if how == "unknown" else 1)


def test_guessing_tokens_is_slowed(staffed: Room) -> None:
    """Thirty a minute from one address; good ones from there go on."""
    robot, guesser = _program(staffed, "read"), Program(staffed, "guess")
    assert [guesser.get("/api/queue").status_code for _ in range(31)] == [401] * 30 + [429]
    assert robot.get("/api/queue").status_code == 200


def test_a_token_opens_no_pages(staffed: Room) -> None:
    """Pages are for people who signed in."""
    assert _program(staffed, "read").get("/").status_code == 303


def test_a_token_makes_no_tokens(staffed: Room) -> None:
    """It would outlive itself; it may revoke itself."""
    robot = _program(staffed, "read", "work")
    refused = robot.post("/api/you/tokens", {"name": "more", "scopes": ["read"]})
    assert refused.status_code == 403
    assert robot.get("/api/you").json()["tokens"] == []
    assert robot.post("/api/you/tokens/revoke", {"id": 1}).json() == {"ended": True}
    assert robot.get("/api/you").status_code == 401


def test_where_nobody_signs_in_there_are_no_tokens(room: Room) -> None:
    """They belong to people; the header changes nothing on a desk that is open."""
    told = Program(room, "made-up").get("/api/you").json()
    assert (told["role"], told["tokens"]) == ("anybody", [])
    assert Browser(room.app).get("/api/door").status_code == 404


def test_one_makes_ones_own_on_the_page(staffed: Room) -> None:
    """The secret is shown on the page that answers, and on none after it."""
    priya = _sign_in(staffed, "Priya Shah")
    priya.get("/you")
    assert "every queue" in priya.page
    made = priya.post("/you/tokens", {"name": "nightly", "scope": ["read", "work"], "days": "30"})
    assert made.status_code == 200
    secret = next(word for word in made.text.split('"') if word.startswith("earnest_") and len(word) > 40)
    assert Program(staffed, secret).get("/api/you").json()["may"] == ["read", "work"]
    priya.get("/you")
    assert secret not in priya.page
    assert secret[:14] in priya.page
    assert priya.post("/you/tokens/revoke", {"number": "1"}).status_code == 303
    assert Program(staffed, secret).get("/api/you").status_code == 401


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "x", "scope": ["audit"]}, "you may not give audit"),
        ({"name": "x"}, "something that it may do"),
        ({"name": "\u202e", "scope": ["read"]}, "needs a name"),
    ],
)
def test_a_token_that_cannot_be_is_said(staffed: Room, fields: dict[str, Any], words: str) -> None:
    """At the top of the page; nothing is made."""
    priya = _sign_in(staffed, "Priya Shah")
    priya.get("/you")
    assert priya.post("/you/tokens", fields).status_code == 422
    assert words in priya.page
    assert staffed.ledger.doors.tokens.all() == []


def test_an_admin_revokes_anybodys(staffed: Room) -> None:
    """On the page of the door, and by the API."""
    robot = _program(staffed, "read")
    second = _program(staffed, "read")
    ada = _sign_in(staffed, "Ada Lin")
    ada.get("/door")
    assert "Revoke robot of Priya Shah" in ada.page
    ada.post("/door/tokens/revoke", {"number": "1"})
    assert robot.get("/api/queue").status_code == 401
    boss = _program(staffed, "keep-door", "audit", who="Ada Lin")
    assert boss.post("/api/door/tokens/revoke", {"id": 2}).json() == {"ended": True}
    assert second.get("/api/queue").status_code == 401
    assert [key["person"] for key in boss.get("/api/door").json()["tokens"]] == ["Ada Lin"]


def test_the_door_by_api(staffed: Room) -> None:
    """Queues are given, sessions ended, people kept out; oneself one cannot lock out."""
    boss = _program(staffed, "keep-door", "audit", who="Ada Lin")
    priya = _sign_in(staffed, "Priya Shah")
    told = boss.post("/api/door/people/queues", {"name": "priya shah", "queues": ["support"]}).json()
    assert (told["name"], told["queues"]) == ("Priya Shah", ["support"])
    session = boss.get("/api/door").json()["sessions"][0]
    assert session["name"] == "Priya Shah"
    assert boss.post("/api/door/sessions/end", {"id": session["id"]}).json() == {"ended": True}
    assert priya.get("/").status_code == 303
    assert boss.post("/api/door/people/disable", {"name": "Ada Lin"}).status_code == 409
    assert boss.post("/api/door/people/disable", {"name": "Ghost"}).status_code == 404
    assert boss.post("/api/door/people/disable", {"name": "Priya Shah"}).json() == {"ended": True}
    seen, before = [], None
    while True:
        told = boss.get("/api/door/events?limit=2" + (f"&before={before}" if before else "")).json()
        seen += [event["id"] for event in told["events"]]
        before = told["next"]
        if before is None:
            break
    assert seen == [event.id for event in staffed.ledger.doors.events()]


def test_too_many_calls_wait(staffed: Room) -> None:
    """By token: another goes on; Retry-After says when; the audit has it once."""
    limited = staffed.settings.desk.model_copy(update={"limits": Limits(calls_per_minute=4)})
    staffed.app = create_app(
        staffed.ledger, replace(staffed.settings, desk=limited), staffed.index, clock=staffed.clock
    )
    robot, other = _program(staffed, "read"), _program(staffed, "read")
    assert [robot.get("/api/sources").status_code for _ in range(6)] == [200] * 4 + [429] * 2
    refused = robot.get("/api/sources")
    assert int(refused.headers["retry-after"]) in range(1, 20)
    assert "Try again in" in refused.json()["detail"]
    assert other.get("/api/sources").status_code == 200
    assert [event.kind for event in staffed.ledger.doors.events()].count("too fast") == 1
    staffed.clock.pass_by(seconds=15)
    assert [robot.get("/api/sources").status_code for _ in range(2)] == [200, 429]


def test_costly_pages_wait_sooner(staffed: Room) -> None:
    """Searches and exports, page or call; the queue goes on. With the headers of every answer."""
    limited = staffed.settings.desk.model_copy(update={"limits": Limits(costly_per_minute=2)})
    staffed.app = create_app(
        staffed.ledger, replace(staffed.settings, desk=limited), staffed.index, clock=staffed.clock
    )
    priya = _sign_in(staffed, "Priya Shah")
    told = [priya.get(path).status_code for path in ("/search?q=hub", "/api/search?q=hub", "/search?q=hub")]
    assert told == [200, 200, 429]
    assert "too much in one minute" in priya.page
    assert "frame-ancestors" in priya.get("/search?q=x").headers["content-security-policy"]
    assert priya.get("/status").status_code == 200


def test_where_nobody_signs_in_nobody_waits(room: Room) -> None:
    """One person at one machine."""
    limited = room.settings.desk.model_copy(update={"limits": Limits(costly_per_minute=1)})
    app = create_app(room.ledger, replace(room.settings, desk=limited), room.index, clock=room.clock)
    assert {Browser(app).get("/api/search?q=hub").status_code for _ in range(3)} == {200}
