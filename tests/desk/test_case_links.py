"""What a case has to do with others: one matter, the same problem elsewhere, another account, a call."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.desk.aids import ending
from earnest.ledger.calls import calls_to
from earnest.ledger.views import EarlierCase
from routing.case import State
from tests.desk.browser import Browser
from tests.desk.larkspur import NOON, Room, Said

AGAIN = Said("701", "mayao", "Larkspur wants £40 for the engineer who never came. Refund!", 50, 3,
             "Maya Okafor", topics=("billing", "refund"))  # fmt: skip
ELSEWHERE = Said("702", "ben", "engineer no-show number two, nobody rang, the alarm pendant needs Larkspur",
                 35, 3, "Ben Ashby", topics=("booking",))  # fmt: skip
REDDIT = Said("703", "MayaO", "Larkspur is slow in the evening", 45, 2, source="reddit", topics=("product",))


def _cases(room: Room) -> dict[str, int]:
    """The numbers of the open cases by the post that speaks for them."""
    return {row.post_id: row.case_id for row in room.ledger.queue().rows}


def _say(browser: Browser, case_id: int, say: str, **more: object) -> tuple[int, str]:
    """Press a small button of a case's page as it stands."""
    browser.get(f"/cases/{case_id}")
    shown = {name: browser.field(name) for name in ("version", "epoch", "seen")}
    answer = browser.post(f"/cases/{case_id}/say", {**shown, "say": say, **more})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_another_open_case_of_theirs_is_brought_in_and_taken_apart(room: Room, priya: Browser) -> None:
    """Offered beside what they told us before; the history says it in words."""
    room.hear([AGAIN])
    cases = _cases(room)
    here, other = cases["103"], cases["701"]
    page = priya.get(f"/cases/{here}").text
    version = room.ledger.case(other).case.version
    assert f'value="merge:{other}:{version}"' in page
    assert _say(priya, here, f"merge:{other}:{version}") == (303, f"/cases/{here}")
    assert room.ledger.case(other).case.state is State.MERGED
    page = priya.get(f"/cases/{here}").text
    assert "the engineer who never came" in page
    assert f"case {other} is part of this one" in page
    assert 'name="action" value="undo"' not in page  # it is the other case's step
    assert f"Priya Shah made it part of case {here}" in priya.get(f"/cases/{other}").text
    assert f'<a href="/cases/{here}">part of case {here}</a>' in priya.page
    version = room.ledger.case(other).case.version
    assert f'value="part:{other}:{version}"' in page
    _say(priya, here, f"part:{other}:{version}")
    assert room.ledger.case(other).case.state is State.NEW
    assert f"case {other} stands by itself again" in priya.get(f"/cases/{here}").text


def test_a_merge_is_taken_back_with_undo(room: Room, priya: Browser) -> None:
    """As any other step."""
    room.hear([AGAIN])
    cases = _cases(room)
    _say(priya, cases["103"], f"merge:{cases['701']}:1")
    assert f'action="/cases/{cases["701"]}/undo"' in priya.get(f"/cases/{cases['103']}").text
    priya.post(f"/cases/{cases['701']}/undo", {})
    assert room.ledger.case(cases["701"]).case.state is State.NEW


def test_the_same_problem_elsewhere_is_shown_with_what_they_share(room: Room, priya: Browser) -> None:
    """Since when, by how many; and somebody may say that it is not."""
    room.hear([ELSEWHERE])
    cases = _cases(room)
    here, other = cases["103"], cases["702"]
    page = priya.get(f"/cases/{here}").text
    assert "<strong>2 people</strong> report this since Sat 21 Nov 2026, 11:25" in page
    assert '<span class="tag">pendant</span>' in page
    _say(priya, here, f"apart:{other}")
    page = priya.get(f"/cases/{here}").text
    assert "Nobody else, as far as was heard" in page
    assert f"Priya Shah says this is not the same problem as case {other}" in page
    _say(priya, here, f"same:{other}")
    assert "<strong>2 people</strong>" in priya.get(f"/cases/{here}").text


def test_another_account_is_theirs_once_somebody_says_so(room: Room, priya: Browser) -> None:
    """Then the person's page has its cases, and what goes to the person names it."""
    room.hear([REDDIT])
    here, person = _cases(room)["103"], room.case_of("mayao").person_id
    other = room.case_of("MayaO").person_id
    assert "may be theirs: it has the same handle" in priya.get(f"/cases/{here}").text
    assert "slow in the evening" not in priya.page
    _say(priya, here, f"theirs:{other}")
    assert "is theirs too: Priya Shah says so" in priya.get(f"/cases/{here}").text
    page = priya.get(f"/people/{person}").text
    assert "is theirs too: Priya Shah says so" in page
    assert "slow in the evening" in page
    kept = priya.get(f"/people/{person}/export.json").json()["otherAccounts"]
    assert [(one["id"], one["said"], one["by"]) for one in kept] == [("reddit:MayaO", "theirs", "Priya Shah")]
    priya.post(f"/people/{person}/accounts/{other}", {"said": "who-knows"})
    assert "may be theirs" in priya.get(f"/people/{person}").text


def test_who_asked_to_be_left_alone_elsewhere_is_left_alone_here(room: Room, priya: Browser) -> None:
    """Once the account is said to be theirs."""
    room.hear([REDDIT])
    here, other = _cases(room)["103"], room.case_of("MayaO").person_id
    room.ledger.leave_alone("reddit", "id-MayaO")
    _say(priya, here, f"theirs:{other}")
    answer = priya.post(f"/cases/{here}/check", {"version": 1, "reply": "Hi Maya, how is it now?"})
    assert "asked to be left alone, with another account" in answer.text
    assert "Asked to be left alone.</strong>" in answer.text


@pytest.mark.parametrize(
    ("past", "words"),
    [
        ({"state": State.RESOLVED, "answered": True, "told": True},
         "resolved, answered in public, and they were told"),
        ({"state": State.RESOLVED}, "resolved, not told so"),
        ({"state": State.DISMISSED, "closed_reason": "praise"}, "dismissed: praise or thanks"),
        ({"state": State.MERGED, "merged_into": 7}, "part of another case now"),
        ({"state": State.WAITING_PERSON, "answered": True}, "waiting for the person, answered in public"),
    ],
)  # fmt: skip
def test_how_an_earlier_case_ended(past: dict[str, Any], words: str) -> None:
    """What whoever meets the person again should know."""
    values = {"case_id": 1, "opened_at": NOON, "closed_at": None, "closed_reason": "", "text": ""}
    assert ending(EarlierCase(**{**values, **past})) == words


def test_a_called_colleague_sees_it(room: Room, priya: Browser, tom: Browser) -> None:
    """In the queue, in a view of its own, and on the page, until they have seen it."""
    case_id = room.case_of("mayao").case_id
    priya.get(f"/cases/{case_id}")
    priya.post(f"/cases/{case_id}/act", {"action": "note", "version": 1, "note": "@TomReed can you ring?"})
    assert "Priya Shah calls you" in tom.get("/").text
    assert "Priya Shah calls you" in tom.get("/?view=calls").text
    assert "calls you" not in priya.get("/").text
    assert "@TomReed can you ring?" in tom.get(f"/cases/{case_id}").text
    _say(tom, case_id, "seen")
    assert not calls_to(room.ledger.database, "Tom Reed")
    assert "calls you" not in tom.get("/").text


def test_a_correction_is_kept_and_taken_back(room: Room, priya: Browser) -> None:
    """As labels for the next model; the page says who said so."""
    case = room.case_of("priya_n")
    _say(priya, case.case_id, "correct", severity="3", topic=["billing"])
    assert [label for label, _ in room.ledger.labels_on("x", case.post_id, "Larkspur")] == [
        "severity:3",
        "topics:billing",
    ]
    assert (
        "<strong>Priya Shah says:</strong> accuses; about billing" in priya.get(f"/cases/{case.case_id}").text
    )
    _say(priya, case.case_id, "as-read")
    assert not room.ledger.labels_on("x", case.post_id, "Larkspur")


def test_words_typed_stay(room: Room, priya: Browser) -> None:
    """Whatever small button was pressed: a note that was begun is still there."""
    room.hear([REDDIT])
    here, other = _cases(room)["103"], room.case_of("MayaO").person_id
    status, page = _say(priya, here, f"not-theirs:{other}", note="ask the depot", reply="Hi Maya, ")
    assert status == 200
    assert "ask the depot" in page
    assert "Hi Maya, </textarea>" in page


def test_what_cannot_be_is_said(room: Room, priya: Browser) -> None:
    """On the case's page, with the words kept."""
    case_id = room.case_of("mayao").case_id
    for say, said in (
        ("merge:99:1", "there is no case 99"),
        ("merge:1", "made for another page"),
        ("apart:99", "there is no case 99"),
        ("theirs:2", "nothing that was heard speaks"),
        ("correct", "say what is to be corrected"),
        ("as-read", "nothing was corrected"),
        ("dance", "choose what to say"),
        ("", "choose what to say"),
    ):
        status, page = _say(priya, case_id, say, note="my words")
        assert status == 409, say
        assert said in page
        assert "my words" in page


def test_sleeps_until_something_happens(room: Room, priya: Browser) -> None:
    """One press; the page says what wakes it."""
    case_id = room.case_of("mayao").case_id
    for word, said in (("post", "until they write again"), ("worse", "until it gets worse")):
        version = room.ledger.case(case_id).case.version
        priya.post(f"/cases/{case_id}/act", {"snooze": word, "version": version})
        page = priya.get(f"/cases/{case_id}").text
        assert f"asleep {said}" in page or f"<span>{said}</span>" in page
        assert f"Priya Shah put it to sleep {said}" in page


def test_the_brands_answer_is_noted_by_itself(room: Room, priya: Browser) -> None:
    """Heard in the conversation, it stands in the history, and no answer is due."""
    case = room.case_of("mayao")
    answer = Said("104", "LarkspurHelp", "Hi Maya, so sorry. I am booking it again.", 1, None,
                  "Larkspur Help", thread="101", parent="103")  # fmt: skip
    room.hear([answer])
    view = room.ledger.case(case.case_id)
    assert (view.events[-1].action, view.case.due) == ("answered", None)
    assert "the brand answered in public" in priya.get(f"/cases/{case.case_id}").text
