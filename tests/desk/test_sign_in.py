"""Signing in and out at the desk, and what a session is worth."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import Request

from earnest.desk.app import create_app
from earnest.desk.pages import live
from earnest.desk.passwords import hash_password, outdated, verify, weakness
from earnest.ledger.doors import Doors
from earnest.ledger.errors import LedgerError
from earnest.ledger.views import QueueQuery
from tests.desk.browser import Browser
from tests.desk.larkspur import Room, Said

PASSWORD = "kettle orbit lantern 9"
HASH = hash_password(PASSWORD)


@pytest.fixture
def staffed(room: Room) -> Room:
    """A desk where Priya, a responder, signs in."""
    room.ledger.doors.add("Priya Shah", "responder", HASH, by="test")
    return room


def _sign_in(browser: Browser, name: str = "Priya Shah", password: str = PASSWORD, back: str = "/") -> int:
    browser.get("/sign-in")
    return browser.post("/sign-in", {"name": name, "password": password, "back": back}).status_code


@pytest.fixture
def priya(staffed: Room) -> Browser:
    """Priya, signed in."""
    browser = Browser(staffed.app)
    assert _sign_in(browser) == 303
    return browser


def test_without_people_nobody_signs_in(room: Room) -> None:
    """The desk of one person at their own machine stays as simple as it was."""
    browser = Browser(room.app)
    assert browser.get("/").status_code == 200
    answer = browser.get("/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/you")
    assert browser.sit_down("Tom Reed").get("/").status_code == 200
    assert browser.get("/door").status_code == 404


def test_the_first_person_closes_a_desk_that_is_open(room: Room) -> None:
    """No restart is needed, and a name chosen before opens nothing."""
    browser = Browser(room.app).sit_down("Priya Shah")
    room.ledger.doors.add("Priya Shah", "admin", HASH, by="test")
    answer = browser.get("/cases/1?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?back=/cases/1%3Fx%3D1")


def test_one_comes_back_to_where_one_was(staffed: Room) -> None:
    """And nowhere else: a crafted link leads to the queue."""
    for back, leads in (("/cases/1", "/cases/1"), ("https://evil.example", "/"), ("//evil.example", "/")):
        browser = Browser(staffed.app)
        browser.get("/sign-in")
        answer = browser.post("/sign-in", {"name": "priya shah", "password": PASSWORD, "back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, leads)


def test_the_sign_in_page_tells_nothing(staffed: Room, priya: Browser) -> None:
    """No names, no ways, no search."""
    priya.get("/")
    room_page = Browser(staffed.app)
    room_page.get("/sign-in")
    assert "Priya" not in room_page.page
    assert "/dismissed" not in room_page.page
    assert 'autocomplete="current-password"' in room_page.page


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Priya Shah", "wrong"),
        ("Priya Shah", ""),
        ("Ghost", PASSWORD),
        ("", ""),
        ("Priya Shah", PASSWORD + " "),
    ],
)
def test_wrong_is_wrong_in_the_same_words(staffed: Room, name: str, password: str) -> None:
    """Whether a name exists is not told."""
    browser = Browser(staffed.app)
    assert _sign_in(browser, name, password) == 401
    assert "do not fit together" in browser.page
    assert browser.get("/").status_code == 303


def test_the_sixth_try_waits(staffed: Room) -> None:
    """Even with the right password; later it comes in."""
    browser = Browser(staffed.app)
    assert [_sign_in(browser, password="wrong") for _ in range(5)] == [401] * 5
    assert _sign_in(browser) == 429
    assert "Try again at 12:15" in browser.page
    staffed.clock.pass_by(minutes=16)
    assert _sign_in(browser) == 303


def test_an_unknown_name_waits_as_a_known_one(staffed: Room) -> None:
    """So that the limit does not tell who works here."""
    browser = Browser(staffed.app)
    assert [_sign_in(browser, "Ghost", "x") for _ in range(6)] == [401] * 5 + [429]


def test_the_session_cookie_is_the_servers(staffed: Room, priya: Browser) -> None:
    """HttpOnly and lax; a made-up one opens nothing."""
    browser = Browser(staffed.app)
    browser.get("/sign-in")
    cookies = browser.post("/sign-in", {"name": "Priya Shah", "password": PASSWORD}).headers.get_list(
        "set-cookie"
    )
    session = next(cookie for cookie in cookies if cookie.startswith("earnest_session="))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session
    browser.cookies.set("earnest_session", "made-up", domain="127.0.0.1")
    assert Browser(staffed.app).get("/", headers={"Cookie": "earnest_session=made-up"}).status_code == 303


def test_signing_in_anew_gives_another_session(staffed: Room, priya: Browser) -> None:
    """The old one ends: a cookie planted before is worth nothing after."""
    before = priya.cookies["earnest_session"]
    priya.cookies.delete("earnest_session")
    _sign_in(priya)
    assert priya.cookies["earnest_session"] != before


def test_what_is_done_carries_the_sessions_name(staffed: Room, priya: Browser) -> None:
    """Neither the form nor the header of a program can say another."""
    priya.get("/")
    case_id = int(priya.post("/next").headers["location"].rsplit("/", 1)[1])
    assert staffed.ledger.case(case_id).case.owner == "Priya Shah"
    priya.get("/you")
    priya.post("/you", {"name": "The Boss", "keys": "on"})
    answer = priya.request(
        "POST",
        f"/api/cases/{case_id}/notes",
        json={"note": "Rang."},
        headers={"Earnest-Responder": "The Boss", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200
    assert {event.who for event in staffed.ledger.case(case_id).events[-2:]} == {"Priya Shah"}


def test_signing_out_ends_it_on_the_server(staffed: Room, priya: Browser) -> None:
    """The cookie, kept by whoever copied it, opens nothing any more."""
    copied = priya.cookies["earnest_session"]
    priya.get("/you")
    assert priya.post("/sign-out").headers["clear-site-data"] == '"cache", "storage"'
    answer = Browser(staffed.app).get("/", headers={"Cookie": f"earnest_session={copied}"})
    assert answer.status_code == 303


def test_a_form_of_another_session_is_refused(staffed: Room, priya: Browser) -> None:
    """The token is bound to the session."""
    other = Browser(staffed.app)
    _sign_in(other)
    other.get("/")
    assert priya.post("/next", {"token": other.field("token")}).status_code == 403


def test_a_disabled_person_is_out_at_once(staffed: Room, priya: Browser) -> None:
    """On the next click; what they send changes nothing."""
    priya.get("/")
    staffed.ledger.doors.disable("Priya Shah", by="boss")
    assert priya.post("/next").status_code == 401
    assert priya.get("/").status_code == 303
    assert priya.get("/api/queue").status_code == 401
    assert _sign_in(Browser(staffed.app)) == 401


def test_an_unused_session_ends(staffed: Room, priya: Browser) -> None:
    """A heartbeat of an open page does not keep it."""
    priya.get("/")
    case = priya.post("/next").headers["location"]
    priya.get(case)
    for _ in range(2):
        staffed.clock.pass_by(minutes=31)
        answer = priya.post(f"{case}/hold", {"epoch": "1"})
    assert answer.status_code == 401


def test_a_busy_session_ends_after_a_shift(staffed: Room, priya: Browser) -> None:
    """Twelve hours by the shipped settings."""
    for _ in range(23):
        assert priya.get("/status").status_code == 200
        staffed.clock.pass_by(minutes=31)
    staffed.clock.pass_by(minutes=15)
    assert priya.get("/status").status_code == 303


def test_one_changes_ones_own_password(staffed: Room, priya: Browser) -> None:
    """Knowing the present one; the other sessions end and the old password opens nothing."""
    other = Browser(staffed.app)
    _sign_in(other)
    priya.get("/you")
    new = "violet gravel tambourine"
    assert priya.post("/you/password", {"present": "guess", "wanted": new}).status_code == 422
    priya.get("/you")
    assert priya.post("/you/password", {"present": PASSWORD, "wanted": "priya shah 123"}).status_code == 422
    assert "easily guessed" in priya.page
    assert priya.post("/you/password", {"present": PASSWORD, "wanted": new}).status_code == 303
    assert priya.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert _sign_in(Browser(staffed.app)) == 401
    assert _sign_in(Browser(staffed.app), password=new) == 303


def test_one_ends_ones_own_sessions_only(staffed: Room, priya: Browser) -> None:
    """Where one is signed in is listed; another's number does nothing."""
    staffed.ledger.doors.add("Tom Reed", "responder", HASH, by="test")
    tom, second = Browser(staffed.app), Browser(staffed.app)
    _sign_in(tom, "Tom Reed")
    _sign_in(second)
    priya.get("/you")
    assert priya.page.count("End it") == 1
    for number in range(1, 4):
        if number != 1:
            priya.post("/you/sessions/end", {"session": str(number)})
    assert tom.get("/").status_code == 200
    assert second.get("/").status_code == 303


def test_behind_tls_cookies_are_secure_and_http_is_refused(staffed: Room) -> None:
    """The session's cookie has the prefix that browsers guard; HSTS is sent."""
    app = create_app(
        staffed.ledger,
        staffed.settings,
        staffed.index,
        clock=staffed.clock,
        behind_tls="https://desk.example",
    )
    browser = Browser(app)
    assert browser.get("/sign-in").status_code == 421
    secure = "https://desk.example"
    answer = browser.get(f"{secure}/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    fields = {"name": "Priya Shah", "password": PASSWORD}
    headers = {"Origin": secure, "Sec-Fetch-Site": "same-origin"}
    cookies = browser.post(f"{secure}/sign-in", fields, headers=headers).headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie for cookie in cookies)
    assert any(cookie.startswith("__Host-earnest_session=") for cookie in cookies)
    assert browser.get(f"{secure}/").status_code == 200


def test_every_step_at_the_door_is_in_the_audit(staffed: Room) -> None:
    """Wrong and right sign-ins, what was refused, and signing out."""
    browser = Browser(staffed.app)
    _sign_in(browser, password="wrong")
    _sign_in(browser)
    browser.get("/door")
    browser.get("/you")
    browser.post("/sign-out")
    told = [(event.kind, event.who) for event in reversed(staffed.ledger.doors.events())]
    assert told == [
        ("person added", "test"),
        ("sign-in failed", "Priya Shah"),
        ("sign-in", "Priya Shah"),
        ("refused", "Priya Shah"),
        ("sign-out", "Priya Shah"),
    ]
    assert PASSWORD not in str(staffed.ledger.doors.events())


def test_a_live_page_ends_with_its_session(staffed: Room, priya: Browser) -> None:
    """What arrives after somebody was shown the door is not told to them."""
    cookie = f"earnest_session={priya.cookies['earnest_session']}".encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/live",
        "app": staffed.app,
        "headers": [(b"cookie", cookie)],
    }
    news = live.news(Request(scope), staffed.ledger, QueueQuery(), 0)

    async def told() -> list[str]:
        heard = [await anext(news), await anext(news)]
        staffed.ledger.doors.disable("Priya Shah", by="boss")
        staffed.hear([Said("901", "leo_b", "Larkspur has been down all day", 1, 3, "Leo Berg")])
        return [*heard, *[line async for line in news]]

    assert asyncio.run(told())[1:] == ['event: news\ndata: {"count": 5}\n\n']


class NoLedger:
    """A ledger whose database went away."""

    @property
    def doors(self) -> Doors:
        raise LedgerError("the server cannot be reached")


def test_where_nobody_can_be_known_nobody_comes_in(staffed: Room, priya: Browser) -> None:
    """A ledger that fails closes the door; it does not open it."""
    staffed.app.state.ledger = NoLedger()
    answer = priya.get("/")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert priya.get("/api/queue").json() == {
        "detail": "The ledger cannot be used just now: the server cannot be reached."
    }


def test_a_held_sign_in_is_in_the_audit_once(staffed: Room) -> None:
    """Further tries write nothing, so that nobody fills the ledger by guessing."""
    browser = Browser(staffed.app)
    for _ in range(9):
        _sign_in(browser, password="wrong")
    told = [event.kind for event in staffed.ledger.doors.events()]
    assert told == ["sign-in held", *["sign-in failed"] * 5, "person added"]


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "Larkspur2026", "Priya-Shah-2026", "qwertyuiop12", "aaaaaaaaaaaaaaa"],
)
def test_easy_passwords_are_refused(password: str) -> None:
    """Short, common, or made of the person's name; with what to do."""
    assert weakness(password, name="Priya Shah", about=["Larkspur Care"])


@pytest.mark.parametrize(
    "password", [PASSWORD, "x" * 3 + " kettle orbit lantern " + "ü" * 60, "Zq8)mmL2;pdR"]
)
def test_any_characters_will_do(password: str) -> None:
    """No rule asks for digits or capitals; long ones are kept whole."""
    assert weakness(password, name="Priya Shah") == ""
    kept = hash_password(password)
    assert verify(kept, password)
    assert not verify(kept, password[:-1])
    assert kept.startswith("$argon2id$")
    assert not outdated(kept)
