"""Saved replies at the desk: offered for the topic, filled in as far as the case tells, never half filled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.browser import Browser
from tests.desk.larkspur import AFTERNOON, Room

REPLY = """---
topics: [booking]
fields: [new_time]
---
# An engineer did not come

Hi {name}, {brand} will come again at {new_time}. Your case is {case}: {article}
"""
OTHER = "---\ntopics: [cancellation]\n---\n# Leaving\n\nHi {name}, this is how to leave.\n"
ARTICLE = "---\ntopics: [booking]\nlink: https://larkspur.example/missed\n---\n# Missed\n\nWhat next.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Room]:
    """A desk with two saved replies and an article."""
    for folder, name, text in (
        ("replies", "missed", REPLY),
        ("replies", "leave", OTHER),
        ("knowledge", "m", ARTICLE),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.md").write_text(text)
    room = Room(tmp_path)
    room.hear(AFTERNOON[:3])
    yield room
    room.ledger.close()


def test_replies_for_the_topic_are_offered_and_filled_in(desk: Room) -> None:
    """What the desk does not know stays marked."""
    browser, case = Browser(desk.app).sit_down("Priya Shah"), desk.case_of("mayao")
    page = browser.get(f"/cases/{case.case_id}").text
    assert "An engineer did not come" in page
    assert "this is how to leave" not in page
    assert '<mark class="field">{new_time}</mark>' in page
    assert f"Your case is {case.case_id}: " in page
    (reply,) = browser.get(f"/api/cases/{case.case_id}/replies").json()
    assert reply["text"].startswith("Hi Maya, Larkspur will come again")
    assert reply["text"].endswith("https://larkspur.example/missed")
    assert reply["left"] == ["new_time"]


def test_without_a_script_a_reply_is_put_below_what_is_written(desk: Room) -> None:
    """And what is still to be filled in is a finding that stops."""
    browser, case = Browser(desk.app).sit_down("Priya Shah"), desk.case_of("mayao")
    browser.get(f"/cases/{case.case_id}")
    fields = {"version": case.version, "reply": "Hello!", "saved": "missed"}
    page = browser.post(f"/cases/{case.case_id}/check", fields).text
    assert "Hello!\n\nHi Maya, Larkspur will come again at {new_time}." in page
    assert "A field not filled in." in page


def test_a_changed_file_is_read_anew_and_a_broken_one_left_out(desk: Room) -> None:
    """Without starting the desk again."""
    browser, case = Browser(desk.app).sit_down("Priya Shah"), desk.case_of("mayao")
    (desk.folder / "replies" / "new.md").write_text("# For all\n\nHi {name}, I am on it.\n")
    (desk.folder / "replies" / "missed.md").write_text("no title\n")
    names = [one["name"] for one in browser.get(f"/api/cases/{case.case_id}/replies").json()]
    assert names == ["new"]
