"""Search, dismissed, why not, sources, people, and who one is."""

from __future__ import annotations

import pytest

from earnest.desk.pages.ways import local_path
from tests.desk.browser import Browser
from tests.desk.larkspur import Room


def test_search_finds_words_and_leads_to_the_case(room: Room, priya: Browser) -> None:
    """A mention in a case leads there, another to why it was not routed."""
    assert f'href="/cases/{room.case_of("mayao").case_id}"' in priya.get("/search?q=pendant").text
    assert 'href="/why/x/601"' in priya.get("/search?q=lovely").text


def test_a_query_that_cannot_be_read_says_how_to_mend_it(priya: Browser) -> None:
    """The query error's own words, and the query still in the box."""
    answer = priya.get("/search?q=(refund")
    assert answer.status_code == 422
    assert 'value="(refund"' in answer.text
    assert "arenthes" in answer.text


def test_dismissed_lists_with_reasons(priya: Browser) -> None:
    """What was set aside can be looked through."""
    html = priya.get("/dismissed").text
    assert "gardenista" in html
    assert 'href="/why/x/601"' in html


def test_why_not_tells_rules_and_probability(priya: Browser) -> None:
    """Every dismissal explains itself."""
    html = priya.get("/why/x/601").text
    for words in ("6 %", "no complaint", "neither a complaint nor a question", "test-1"):
        assert words in html


def test_this_is_a_complaint_is_kept_as_a_label(room: Room, priya: Browser) -> None:
    """Once, with who said it, and the page remembers."""
    priya.get("/why/x/601")
    for _ in range(2):
        assert priya.post("/why/x/601", {"brand": "Larkspur"}).status_code == 303
    assert room.ledger.labels_on("x", "601", "Larkspur") == [("complaint", "Priya Shah")]
    assert "<strong>Priya Shah</strong> said: a complaint" in priya.get("/why/x/601").text


def test_this_is_a_complaint_brings_it_to_the_queue(room: Room, priya: Browser) -> None:
    """A person's word outweighs the model: the one who was passed over waits for us now."""
    priya.get("/why/x/601")
    priya.post("/why/x/601", {"brand": "Larkspur"})
    case = room.ledger.case(room.case_of("gardenista").case_id)
    assert case.reasons[0].saw == "Priya Shah says that this is a complaint"


def test_a_post_never_heard(priya: Browser) -> None:
    """404 in words."""
    answer = priya.get("/why/x/nope")
    assert answer.status_code == 404
    assert "never heard" in answer.text


def test_sources_say_when_they_were_heard(priya: Browser) -> None:
    """Last heard, how much, in words for how it goes."""
    html = priya.get("/status").text
    assert "listening" in html
    assert "8 posts heard" in html


def test_leave_alone_and_back(room: Room, priya: Browser) -> None:
    """A wish is noted, shown at the case, and can be taken back."""
    case = room.case_of("priya_n")
    page = f"/people/{case.person_id}"
    priya.get(page)
    priya.post(f"{page}/leave-alone")
    assert "asked to be left alone" in priya.get(f"/cases/{case.case_id}").text
    priya.get(page)
    priya.post(f"{page}/leave-alone")
    assert not room.case_of("priya_n").left_alone


def test_forget_erases_and_gives_a_receipt(room: Room, priya: Browser) -> None:
    """Words and name are gone from every page, and the receipt counts them."""
    case = room.case_of("priya_n")
    page = f"/people/{case.person_id}"
    priya.get(page)
    assert "Receipt" in priya.post(f"{page}/forget").text
    assert priya.get(page).status_code == 404
    for path in ("/", f"/cases/{case.case_id}", "/dismissed"):
        assert "Priya Nair" not in priya.get(path).text


def test_the_export_is_everything_we_hold(room: Room, priya: Browser) -> None:
    """ActivityStreams terms, their words whole."""
    person = room.case_of("mayao").person_id
    told = priya.get(f"/people/{person}/export.json").json()
    assert told["type"] == "OrderedCollection"
    assert any("alarm pendant" in item["content"] for item in told["orderedItems"])
    assert told["cases"]


def test_a_name_is_asked_for(room: Room) -> None:
    """An empty one is refused in words."""
    stranger = Browser(room.app)
    stranger.get("/you")
    assert stranger.post("/you", {"name": "\u200b "}).status_code == 422


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/a\nb"])
def test_nobody_is_sent_elsewhere(back: str) -> None:
    """Only paths of this desk."""
    assert local_path(back) == "/"


@pytest.mark.parametrize("path", ["/nowhere", "/cases/x", "/people/0", "/static/none/main.js"])
def test_pages_that_are_none_are_told_in_words(priya: Browser, path: str) -> None:
    """No bare JSON, no trace."""
    answer = priya.get(path)
    assert answer.status_code in {404, 422}
    assert "Traceback" not in answer.text


def test_static_files_may_be_kept_for_good(room: Room, priya: Browser) -> None:
    """Their address changes with their content."""
    html = priya.get("/").text
    address = html.split('<script type="module" src="')[1].split('"')[0]
    answer = priya.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
