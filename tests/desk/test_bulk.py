"""One step for many cases: a result for each, nothing stale overwritten, all taken back at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from earnest.ledger.views import QueueQuery
from routing.case import State
from tests.desk.browser import HOME, Browser
from tests.desk.larkspur import Room

HANDLES = ("mayao", "throwaway_fibre", "priya_n")


def _picks(browser: Browser, room: Room, handles: tuple[str, ...] = HANDLES) -> list[str]:
    """The boxes of these people as the list shows them."""
    wanted = {str(room.case_of(handle).case_id) for handle in handles}
    shown = re.findall(r'name="pick" value="((\d+)\.\d+)"', browser.get("/").text)
    return [value for value, case_id in shown if case_id in wanted]


def _states(room: Room) -> set[State]:
    ids = {row.case_id for row in room.ledger.queue(QueueQuery(states=tuple(State))).rows}
    return {room.ledger.case(case_id).case.state for case_id in ids}


def test_every_case_has_its_own_result(room: Room, priya: Browser, tom: Browser) -> None:
    """What changed since the list was read is refused with the reason; the others are done."""
    picks = _picks(priya, room)
    case = room.case_of("mayao")
    room.ledger.note(case.case_id, responder="Tom Reed", note="Depot rang back.")
    page = priya.post("/cases/act", {"pick": picks, "action": "resolve"}).text
    assert "2 of 3 resolved" in page
    assert "note by Tom Reed" in page
    assert room.case_of("mayao").state is State.NEW
    assert len(room.ledger.queue(QueueQuery(closed=True)).rows) == 2


@pytest.mark.parametrize(
    "step",
    [
        {"action": "take"},
        {"action": "resolve"},
        {"snooze": "2026-11-22T09:00:00+00:00"},
        {"action": "dismiss", "reason": "leave_alone"},
        {"action": "hand_over", "to": "Tom Reed", "handing": "Depot knows."},
        {"action": "note", "note": "Street cabinet, see the status page."},
    ],
    ids=lambda step: step.get("action", "snooze"),
)
def test_all_are_taken_back_in_one_step(room: Room, priya: Browser, step: dict[str, str]) -> None:
    """Whatever was done, one press puts every case back, and a wish or a note with it."""
    picks = _picks(priya, room)
    ids = [int(pick.split(".")[0]) for pick in picks]
    before = [room.ledger.case(case_id).case for case_id in ids]
    assert "3 " in priya.post("/cases/act", {"pick": picks, **step}).text.split("<h1", 1)[1][:80]
    undo = re.findall(r'name="pick" value="([^"]*)"', priya.page)
    assert "3 taken back" in priya.post("/cases/undo", {"pick": undo}).text
    after = [room.ledger.case(case_id) for case_id in ids]
    assert [view.case.state for view in after] == [case.state for case in before]
    assert [view.case.owner for view in after] == [case.owner for case in before]
    assert not any(view.case.left_alone for view in after)
    assert all(view.events[-2].undone for view in after)


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"action": "resolve", "pick": []}, "Choose at least one person"),
        ({"action": "dismiss"}, "choose one of the reasons"),
        ({"action": "hand_over", "to": "Tom Reed"}, "nobody should start from nothing"),
        ({"action": "note", "note": " "}, "Write the note first"),
        ({"action": "snooze", "until": "2020-01-01T00:00"}, "That moment has passed"),
        ({"action": "withdraw"}, "Choose what to do"),
        ({"action": "take", "pick": ["1.x"]}, "could not be read"),
    ],
)
def test_what_all_lack_is_asked_for_and_nothing_is_done(
    room: Room, priya: Browser, sent: dict[str, object], asked: str
) -> None:
    """One thing missing for all is no result for each."""
    answer = priya.post("/cases/act", {"pick": _picks(priya, room), **sent})
    assert answer.status_code == 422
    assert asked in answer.text
    assert _states(room) == {State.NEW}


def test_nobody_undoes_for_another(room: Room, priya: Browser, tom: Browser) -> None:
    """Each refusal says why, case by case."""
    priya.post("/cases/act", {"pick": _picks(priya, room), "action": "resolve"})
    undo = re.findall(r'name="pick" value="([^"]*)"', priya.page)
    tom.get("/")
    assert "0 of 3 taken back" in tom.post("/cases/undo", {"pick": undo}).text


def test_programs_act_on_many_too(room: Room) -> None:
    """With the version they saw of each, and the same result for each."""
    cases = [{"case_id": row.case_id, "version": row.version} for row in map(room.case_of, HANDLES)]
    cases[0]["version"] += 7
    headers = {"Earnest-Responder": "Robot", "Origin": HOME}
    until = (room.clock.now + timedelta(hours=2)).isoformat()
    step = {"cases": cases, "action": "snooze", "until": until}
    program = Browser(room.app)
    said = program.request("POST", "/api/cases/act", json=step, headers=headers).json()
    assert (said["done"], said["refused"]) == (2, 1)
    assert "look at it again" in said["cases"][0]["words"]
    back = [{"case_id": c["case_id"], "version": c["version"]} for c in said["cases"] if c["done"]]
    said = program.request("POST", "/api/cases/undo", json={"cases": back}, headers=headers).json()
    assert said["done"] == 2
    assert _states(room) == {State.NEW}
