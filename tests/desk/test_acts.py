"""What a responder does: steps, notes, refusals that lose no word, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.ledger.views import QueueQuery
from routing.case import State
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


def _act(room: Room, browser: Browser, handle: str = "mayao", **fields: object) -> tuple[int, str]:
    """Open the person's case, send its form as shown with `fields`; status and page or address."""
    case_id = room.case_of(handle).case_id
    browser.get(f"/cases/{case_id}")
    return _send(browser, case_id, **fields)


def _send(browser: Browser, case_id: int, **fields: object) -> tuple[int, str]:
    shown = {name: browser.field(name) for name in ("version", "epoch", "seen")}
    answer = browser.post(f"/cases/{case_id}/act", {**shown, **fields})
    return answer.status_code, answer.headers.get("location", answer.text)


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("take", State.ASSIGNED),
        ("wait_person", State.WAITING_PERSON),
        ("wait_inside", State.WAITING_INSIDE),
        ("resolve", State.RESOLVED),
    ],
)
def test_a_press_moves_the_case(room: Room, priya: Browser, action: str, state: State) -> None:
    """Each button is one step of the machine."""
    case_id = room.case_of("mayao").case_id
    status, _ = _act(room, priya, action=action)
    assert status == 303
    assert room.ledger.case(case_id).case.state is state


def test_a_ready_made_snooze(room: Room, priya: Browser) -> None:
    """One press, no field to fill."""
    until = room.clock.now + timedelta(hours=3)
    _act(room, priya, snooze=until.isoformat())
    assert room.case_of("mayao").snoozed_until == until


def test_a_snooze_until_is_on_the_desks_clock(room: Room, priya: Browser) -> None:
    """A local time without a zone is the desk's."""
    room.clock.pass_by(days=200)  # summer time in London
    _act(room, priya, action="snooze", until="2026-07-01T09:00")
    case = room.case_of("mayao")
    assert case.snoozed_until is None or f"{case.snoozed_until:%H:%M}" == "08:00"


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01T00:00"])
def test_a_snooze_without_a_future_asks_for_one(room: Room, priya: Browser, until: str) -> None:
    """The page says what is missing and keeps the note."""
    status, page = _act(room, priya, action="snooze", until=until, note="call the depot")
    assert status == 422
    assert "call the depot" in page


def test_a_dismissal_needs_a_reason(room: Room, priya: Browser) -> None:
    """Why it is no complaint teaches the next model."""
    status, page = _act(room, priya, action="dismiss")
    assert status == 422
    assert "choose one of the reasons" in page


def test_a_dismissal_is_kept_as_a_label(room: Room, priya: Browser) -> None:
    """Beside the model's version, for training."""
    case = room.case_of("priya_n")
    _act(room, priya, "priya_n", action="dismiss", reason="praise")
    assert room.ledger.labels_on("x", case.post_id, "Larkspur") == [("praise", "Priya Shah")]


def test_asking_to_be_left_alone_is_kept_for_the_person(room: Room, priya: Browser) -> None:
    """The wish outlives the case: their next one says so."""
    case_id = room.case_of("priya_n").case_id
    _act(room, priya, "priya_n", action="dismiss", reason="leave_alone")
    assert room.ledger.case(case_id).case.left_alone


def test_a_hand_over_needs_a_note(room: Room, priya: Browser) -> None:
    """Nobody starts from nothing."""
    status, page = _act(room, priya, action="hand_over", to="Tom Reed")
    assert status == 422
    assert 'value="Tom Reed"' in page
    assert _act(room, priya, action="hand_over", to="Tom Reed", note="He knows the depot.")[0] == 303
    assert room.case_of("mayao").owner == "Tom Reed"


def test_a_note_is_kept_and_shown_as_text(room: Room, priya: Browser) -> None:
    """Notes are words too."""
    _act(room, priya, action="note", note="<b>call</b> her\nmum")
    assert "&lt;b&gt;call&lt;/b&gt; her\nmum" in priya.get(f"/cases/{room.case_of('mayao').case_id}").text


def test_a_stale_write_keeps_the_words_and_says_what_changed(
    room: Room, priya: Browser, tom: Browser
) -> None:
    """Two at one case: the later one loses no word and learns what happened."""
    case_id = room.case_of("mayao").case_id
    priya.get(f"/cases/{case_id}")
    _act(room, tom, action="note", note="Depot says the van broke down.")
    status, page = _send(
        priya, case_id, action="resolve", note="I rang her, all well.", reply="Hi Maya, fixed."
    )
    assert status == 409
    for words in ("I rang her, all well.", "Hi Maya, fixed.", "Tom Reed noted", "the van broke down"):
        assert words in page
    assert room.ledger.case(case_id).case.state is State.NEW
    assert _send(priya, case_id, action="resolve", note="I rang her, all well.")[0] == 303


def test_what_another_holds_is_refused(room: Room, priya: Browser, tom: Browser) -> None:
    """A case in somebody's hand is theirs until the lease ends."""
    _act(room, tom, action="take")
    status, page = _act(room, priya, action="resolve")
    assert status == 409
    assert "Tom Reed" in page


def test_undo_is_offered_and_takes_the_step_back(room: Room, priya: Browser) -> None:
    """After a close the next page offers the way back, once."""
    case_id = room.case_of("mayao").case_id
    _act(room, priya, action="resolve")
    assert f'action="/cases/{case_id}/undo"' in priya.get("/").text
    assert priya.post(f"/cases/{case_id}/undo").status_code == 303
    assert room.ledger.case(case_id).case.state is State.NEW
    priya.get("/")
    assert "/undo" not in priya.get("/").text


def test_undo_of_anothers_step_is_refused(room: Room, priya: Browser, tom: Browser) -> None:
    """One takes back one's own."""
    case_id = room.case_of("mayao").case_id
    _act(room, tom, action="resolve")
    priya.get("/")
    assert priya.post(f"/cases/{case_id}/undo").status_code == 409


def test_a_strangers_press_keeps_the_note(room: Room) -> None:
    """Without a name nothing is written, and nothing is lost."""
    status, page = _act(room, Browser(room.app), action="note", note="keep me")
    assert status == 403
    assert "keep me" in page


def test_a_form_of_another_visit_is_refused(room: Room, priya: Browser, tom: Browser) -> None:
    """The token is bound to the visit; the words typed come back with the page."""
    case = room.case_of("mayao")
    tom.get("/")
    sent = {"token": tom.field("token"), "action": "take", "version": case.version, "note": "rang her"}
    answer = priya.post(f"/cases/{case.case_id}/act", sent)
    assert answer.status_code == 403
    assert "rang her" in answer.text
    assert room.case_of("mayao").owner is None


def test_an_action_that_is_none(room: Room, priya: Browser) -> None:
    """Only what the page offers."""
    assert _act(room, priya, action="withdraw")[0] == 422


def test_an_open_page_holds_the_lease(room: Room, priya: Browser) -> None:
    """While somebody reads and writes, the case stays theirs; afterwards it is free again."""
    case_id = room.case_of("mayao").case_id
    _act(room, priya, action="take")
    room.clock.pass_by(minutes=4)
    priya.get(f"/cases/{case_id}")
    epoch = priya.field("epoch")
    assert priya.post(f"/cases/{case_id}/hold", {"epoch": epoch}).status_code == 200
    room.clock.pass_by(minutes=4)
    assert room.ledger.wake() == 0
    room.clock.pass_by(minutes=4)
    assert room.ledger.wake() == 1
    assert priya.post(f"/cases/{case_id}/hold", {"epoch": epoch}).status_code == 409


def test_a_solved_case_asks_to_tell_the_person(room: Room, priya: Browser) -> None:
    """On its page, until somebody notes that they know; the note is in the history."""
    _act(room, priya, action="resolve")
    case_id = room.ledger.queue(QueueQuery(closed=True)).rows[0].case_id
    assert "Do they know that it is solved?" in priya.get(f"/cases/{case_id}").text
    assert _send(priya, case_id, action="told", note="Rang her.")[0] == 303
    page = priya.get(f"/cases/{case_id}").text
    assert "They know that it is solved" in page
    assert "told the person that it is solved" in page
    assert "Rang her." in page


def test_nobody_is_told_who_asked_to_be_left_alone(room: Room, priya: Browser) -> None:
    """The page does not ask for it."""
    _act(room, priya, action="resolve")
    row = room.ledger.queue(QueueQuery(closed=True)).rows[0]
    person = room.ledger.person(row.person_id)
    room.ledger.leave_alone(person.source, person.native_id)
    assert "Do they know that it is solved?" not in priya.get(f"/cases/{row.case_id}").text


def test_a_note_and_a_wish_are_taken_back_with_the_step(room: Room, priya: Browser) -> None:
    """The note stays in the history as taken back; nobody stays left alone by mistake."""
    case_id = room.case_of("priya_n").case_id
    _act(room, priya, "priya_n", action="note", note="wrong person")
    assert f'action="/cases/{case_id}/undo"' in priya.get("/").text
    assert priya.post(f"/cases/{case_id}/undo").status_code == 303
    assert room.ledger.case(case_id).events[-2].undone
    _act(room, priya, "priya_n", action="dismiss", reason="leave_alone")
    priya.get("/")
    assert priya.post(f"/cases/{case_id}/undo").status_code == 303
    assert not room.case_of("priya_n").left_alone
