"""Keys of one's own: any act another key or none, never two that one press could not tell apart."""

from __future__ import annotations

import pytest

from earnest.desk.keys import ACTS, OWN, changes
from tests.desk.browser import HOME, Browser
from tests.desk.larkspur import Room


def test_the_desks_own_keys_do_not_collide() -> None:
    """The table passes its own rule."""
    assert changes(OWN) == ({}, [])


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ({"next": "j"}, "j is for “next person” and for “take the next person”"),
        ({"take": "e"}, "e is for “take this case” and for “resolved”"),
        ({"down": "g"}, "g would never let g q be finished"),
        ({"down": "jj"}, "one character, or two with a space"),
        ({"down": "F5"}, "one character, or two with a space"),
        ({"fly": "f"}, "nothing named fly"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(wanted: dict[str, str], problem: str) -> None:
    """In words that name both."""
    assert problem in "; ".join(changes(wanted)[1])


def test_an_act_may_have_no_key_and_list_and_case_the_same() -> None:
    """What holds the focus decides between the two."""
    assert changes({"news": "", "choose": "t"}) == ({"news": "", "choose": "t"}, [])


def test_ones_keys_are_kept_for_ones_name(room: Room, priya: Browser, tom: Browser) -> None:
    """On every page of theirs, in the help and beside the buttons, from one table; nobody else's change."""
    form = {f"key-{act.name}": act.key for act in ACTS} | {"key-next": "y", "keys": "on"}
    priya.get("/you")
    assert priya.post("/you/keys", form).status_code == 303
    again = Browser(room.app).sit_down("priya shah")
    html = again.get("/").text
    assert 'Next person <kbd aria-hidden="true">y</kbd>' in html
    assert "<dt><kbd>y</kbd> </dt><dd>take the next person</dd>" in html
    assert "[&#34;next&#34;, &#34;y&#34;, &#34;anywhere&#34;" in html
    assert 'Next person <kbd aria-hidden="true">n</kbd>' in tom.get("/").text
    again.get("/you")
    again.post("/you/keys", {"all": "back", "keys": "on"})
    assert 'Next person <kbd aria-hidden="true">n</kbd>' in again.get("/").text


def test_a_refused_wish_is_shown_again(priya: Browser) -> None:
    """With what was typed and what is wrong; nothing is kept."""
    priya.get("/you")
    answer = priya.post("/you/keys", {"key-next": "j", "keys": "on"})
    assert answer.status_code == 422
    assert 'name="key-next" value="j"' in answer.text
    assert "Nothing was changed." in answer.text
    assert 'Next person <kbd aria-hidden="true">n</kbd>' in priya.get("/").text


def test_programs_read_and_set_keys(room: Room) -> None:
    """The same rule."""
    headers = {"Earnest-Responder": "Robot", "Origin": HOME}
    program = Browser(room.app)
    wish = {"keys": {"next": "y"}}
    assert program.request("PUT", "/api/keys", json=wish, headers=headers).json()["keys"]["next"] == "y"
    assert program.get("/api/keys", headers=headers).json()["keys"]["next"] == "y"
    wish = {"keys": {"next": "j"}}
    assert program.request("PUT", "/api/keys", json=wish, headers=headers).status_code == 422
