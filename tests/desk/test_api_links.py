"""What the case's page says of a case and others, for other programs."""

from __future__ import annotations

import pytest

from tests.desk.browser import Browser
from tests.desk.larkspur import Room
from tests.desk.test_case_links import AGAIN, ELSEWHERE, REDDIT

ME = {"Earnest-Responder": "Ada Lin"}


def _post(browser: Browser, path: str, **body: object) -> tuple[int, object]:
    answer = browser.request("POST", f"/api{path}", json=body, headers=ME)
    return answer.status_code, answer.json()


@pytest.fixture
def cases(room: Room) -> dict[str, int]:
    """The numbers of the open cases by the post that speaks for them."""
    room.hear([AGAIN, ELSEWHERE, REDDIT])
    return {row.post_id: row.case_id for row in room.ledger.queue().rows}


def test_who_else_has_the_problem(room: Room, cases: dict[str, int]) -> None:
    """And that it is not the same, and that it is."""
    browser, here, other = Browser(room.app), cases["103"], cases["702"]
    found = browser.get(f"/api/cases/{here}/elsewhere").json()
    assert (found["people"], [one["case_id"] for one in found["cases"]]) == (2, [other])
    assert "pendant" in found["cases"][0]["shared"]
    alone = {"people": 1, "began": found["began"].replace("11:25", "11:56"), "cases": [], "apart": [other]}
    assert _post(browser, f"/cases/{here}/apart", other=other)[1] == {**found, **alone}
    assert _post(browser, f"/cases/{here}/apart", other=other)[0] == 409
    assert _post(browser, f"/cases/{here}/apart", other=other, same=True)[1] == found


def test_whose_account_it_is(room: Room, cases: dict[str, int]) -> None:
    """Only where something speaks for it."""
    browser = Browser(room.app)
    person = room.case_of("mayao").person_id
    (account,) = browser.get(f"/api/people/{person}/accounts").json()
    other = account["person_id"]
    assert (account["verdict"], account["signs"]) == ("open", [{"how": "handle", "words": ""}])
    status, said = _post(browser, f"/people/{person}/accounts", other=other, verdict="same")
    assert status == 200
    assert [(one["verdict"], one["who"]) for one in said] == [("same", "Ada Lin")]  # type: ignore[attr-defined]
    assert _post(browser, f"/people/{person}/accounts", other=cases["401"], verdict="same")[0] == 409
    assert _post(browser, "/people/999/accounts", other=1, verdict="same")[0] == 404


def test_a_reading_is_corrected(room: Room, cases: dict[str, int]) -> None:
    """With topics of the taxonomy; nothing said takes it back."""
    browser, here = Browser(room.app), cases["401"]
    status, said = _post(browser, f"/cases/{here}/correction", severity=4, topics=["billing"])
    assert (status, said["severity"], said["topics"]) == (200, 4, ["billing"])  # type: ignore[index]
    assert browser.get(f"/api/cases/{here}/correction").json() == said
    assert _post(browser, f"/cases/{here}/correction", topics=["bananas"])[0] == 422
    assert _post(browser, f"/cases/{here}/correction")[0] == 200
    assert _post(browser, f"/cases/{here}/correction")[0] == 409


def test_cases_are_merged_and_sleep(room: Room, cases: dict[str, int]) -> None:
    """By the one call for steps."""
    browser, here, other = Browser(room.app), cases["103"], cases["701"]
    status, said = _post(browser, f"/cases/{other}/act", action="merge", version=1, into=here)
    assert (status, said["case"]["merged_into"]) == (200, here)  # type: ignore[index]
    version = room.ledger.case(here).case.version
    status, said = _post(browser, f"/cases/{here}/act", action="snooze", version=version, sleep="worse")
    assert (status, said["case"]["snoozed_for"]) == (200, "worse")  # type: ignore[index]


def test_calls_are_listed_until_seen(room: Room, cases: dict[str, int]) -> None:
    """With the words of the note."""
    browser, here = Browser(room.app), cases["103"]
    room.ledger.note(here, responder="Tom Reed", note="@AdaLin please")
    (call,) = browser.get("/api/calls", headers=ME).json()
    assert (call["case_id"], call["who"], call["note"]) == (here, "Tom Reed", "@AdaLin please")
    assert _post(browser, f"/cases/{here}/seen") == (200, [])
