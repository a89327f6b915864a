"""The JSON API does what the pages do, and describes itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from routing.case import State
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


@pytest.fixture
def program(room: Room) -> Browser:
    """A program without cookies; it names itself where it acts."""
    return Browser(room.app)


def _post(program: Browser, path: str, body: dict[str, Any], who: str = "Robo Reed") -> httpx.Response:
    return program.request("POST", path, json=body, headers={"Earnest-Responder": who} if who else {})


def test_the_queue_is_the_pages_queue(room: Room, program: Browser) -> None:
    """Same order, same words, reasons and all."""
    told = program.get("/api/queue").json()
    assert [row["case_id"] for row in told["rows"]] == [row.case_id for row in room.ledger.queue().rows]
    assert told["rows"][0]["reasons"][0]["saw"]


def test_pages_follow_each_other(program: Browser) -> None:
    """`next` leads through everything once."""
    seen, after = [], None
    while True:
        told = program.get("/api/queue", params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [row["case_id"] for row in told["rows"]]
        after = told["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == told["total_open"]


@pytest.mark.parametrize(
    ("path", "rows", "name"),
    [
        ("/api/queue", "rows", "case_id"),
        ("/api/dismissed", "rows", "post_id"),
        ("/api/search", "documents", "post_id"),
    ],
)
def test_every_list_leads_through_everything_once(program: Browser, path: str, rows: str, name: str) -> None:
    """One row at a time, nothing twice, nothing left out, in the order of the whole."""
    asked: dict[str, str | int] = {"q": "larkspur"} if path.endswith("search") else {}
    whole = [row[name] for row in program.get(path, params=asked).json()[rows]]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        told = program.get(path, params=asked | {"limit": 1} | ({"after": after} if after else {})).json()
        seen += [row[name] for row in told[rows]]
        after = told["next"]
    assert seen == whole
    assert len(whole) > 1


def _marked(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


NOON = "2026-11-21T12:00:00+00:00"


@pytest.mark.parametrize(
    ("path", "after"),
    [
        *(("/api/queue", _marked(*parts)) for parts in [
            (10**30, NOON, 1), ("high", NOON, 1), (1, "2026-11-21T12:00:00", 1), (1, NOON, 10**30),
            (1, NOON, None), (1, "0001-01-01T00:00:00+14:00", 1), (True, NOON, 1), (1, 5, 1), (1, NOON),
        ]),
        ("/api/queue", "é"),
        *(("/api/dismissed", text) for text in [
            "2026-11-21T12:00:00~1", f"{NOON}~{10**30}", "0001-01-01T00:00:00+14:00~1", f"{NOON}~x", "~",
        ]),
        *(("/api/search", text) for text in ["x", "2026-11-21T12:00:00|a", "9999-12-31T23:59:59-14:00|a"]),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_said(program: Browser, path: str, after: str) -> None:
    """Whoever makes one up gets a sentence, on pages too, and never a 500."""
    query = {"q": "hub"} if path.endswith("search") else {}
    answer = program.get(path, params=query | {"after": after})
    assert answer.status_code == 400
    assert "first page" in answer.json()["detail"]


def test_a_program_takes_and_resolves(room: Room, program: Browser) -> None:
    """Claim, act with epoch and version, and the history names it."""
    claim = _post(program, "/api/next", {}).json()
    body = {"action": "resolve", "version": claim["version"], "epoch": claim["epoch"]}
    done = _post(program, f"/api/cases/{claim['case_id']}/act", body)
    assert done.json()["case"]["state"] == "resolved"
    assert room.ledger.case(claim["case_id"]).events[-1].who == "Robo Reed"
    back = _post(program, f"/api/cases/{claim['case_id']}/undo", {"version": done.json()["case"]["version"]})
    assert back.json()["case"]["state"] == State.ASSIGNED


def test_a_stale_step_is_409_with_what_happened(room: Room, program: Browser) -> None:
    """A program learns what a person would."""
    case = room.case_of("mayao")
    _post(program, f"/api/cases/{case.case_id}/notes", {"note": "rang"}, who="Tom Reed")
    answer = _post(program, f"/api/cases/{case.case_id}/act", {"action": "take", "version": case.version})
    assert answer.status_code == 409
    assert "Tom Reed" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/next", {}, 403),
        ("/api/cases/1/act", {"action": "dance", "version": 1}, 422),
        ("/api/cases/1/act", {"action": "snooze", "version": 1, "until": "2030-01-01T00:00:00"}, 422),
        ("/api/cases/1/act", {"action": "dismiss", "version": 2}, 422),
        ("/api/cases/1/act", {"action": "take", "version": 1, "colour": "red"}, 422),
        ("/api/cases/9999/act", {"action": "take", "version": 1}, 404),
        ("/api/cases/1/notes", {"note": " "}, 422),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    room: Room, program: Browser, path: str, body: dict[str, Any], status: int
) -> None:
    """Never a 500, always a sentence."""
    if body.get("version") == 2:
        body = body | {"version": room.ledger.case(1).case.version}
    answer = _post(program, path, body, who="" if status == 403 else "Robo Reed")
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/search?q=pendant", 200),
        ("/api/search?q=(", 422),
        ("/api/dismissed", 200),
        ("/api/dismissed?after=x", 400),
        ("/api/queue?after=x", 400),
        ("/api/why/x/601", 200),
        ("/api/why/x/nope", 404),
        ("/api/sources", 200),
        ("/api/cases/1", 200),
        ("/api/cases/0", 404),
    ],
)
def test_reading(program: Browser, path: str, status: int) -> None:
    """Every reading answers JSON."""
    answer = program.get(path)
    assert answer.status_code == status
    assert answer.json() is not None


def test_it_describes_itself(program: Browser) -> None:
    """OpenAPI names every way, and pages are not in it."""
    told = program.get("/api/openapi.json").json()
    assert {"/api/queue", "/api/next", "/api/cases/{case_id}/act", "/api/search"} <= set(told["paths"])
    assert all(path.startswith("/api/") for path in told["paths"])


def test_a_page_of_another_site_cannot_act(room: Room, priya: Browser) -> None:
    """A visit's cookie does not help a stranger's script."""
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    assert priya.request("POST", "/api/next", json={}, headers=headers).status_code == 403
    assert room.case_of("mayao").owner is None


def test_a_program_notes_that_the_person_knows(room: Room, program: Browser) -> None:
    """Once the case is resolved, and not before."""
    case = room.ledger.queue().rows[0]
    headers = {"Earnest-Responder": "Bot"}
    path = f"/api/cases/{case.case_id}"
    early = program.request("POST", f"{path}/told", json={"version": case.version}, headers=headers)
    assert early.status_code == 409
    body = {"action": "resolve", "version": case.version}
    done = program.request("POST", f"{path}/act", json=body, headers=headers).json()
    said = {"version": done["case"]["version"], "note": "by phone"}
    told = program.request("POST", f"{path}/told", json=said, headers=headers)
    assert told.json()["case"]["told_at"]
