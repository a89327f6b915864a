"""A case's page: the thread, why it is here, and what was marked."""

from __future__ import annotations

import re

from tests.desk.browser import Browser
from tests.desk.larkspur import Room, Said


def _maya(room: Room, browser: Browser) -> str:
    return browser.get(f"/cases/{room.case_of('mayao').case_id}").text


def test_the_post_stands_in_its_thread(room: Room, priya: Browser) -> None:
    """What was said before, the brand's own answer marked as ours, in order of time."""
    html = _maya(room, priya)
    assert html.index("Hub light is") < html.index("Larkspur (us)") < html.index("alarm pendant")


def test_evidence_is_marked_with_what_it_speaks_for(room: Room, priya: Browser) -> None:
    """Marks say in words what they moved."""
    html = _maya(room, priya)
    assert '<mark class="evidence" title="speaks for a complaint">no-show</mark>' in html
    assert 'title="vulnerable person">alarm pendant</mark>' in html


def test_the_link_leads_to_the_post_and_says_where(room: Room, priya: Browser) -> None:
    """The host stands beside the link, and the page it leads to learns nothing of ours."""
    link = re.search(r'<a class="out" href="https://x.com/mayao/status/103"[^>]*>', _maya(room, priya))
    assert link is not None
    assert 'rel="noopener noreferrer"' in link.group()


def test_a_hostile_post_is_only_text(room: Room, priya: Browser) -> None:
    """No element of theirs, no script address, no hidden direction."""
    html = priya.get(f"/cases/{room.case_of('sam' + chr(0x202E) + 'kcart').case_id}").text
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert "\u202e" not in html


def test_no_inline_script_or_style_on_any_page(room: Room, priya: Browser) -> None:
    """The pages keep the policy that the guard announces."""
    case = room.case_of("mayao")
    for path in (
        "/",
        f"/cases/{case.case_id}",
        "/search?q=larkspur",
        "/dismissed",
        "/status",
        "/you",
        "/why/x/601",
    ):
        html = priya.get(path).text
        assert "<style" not in html
        assert " style=" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\son\w+=", html)


def test_earlier_cases_and_how_they_ended(room: Room, priya: Browser) -> None:
    """Whoever comes back is not a stranger."""
    case = room.case_of("priya_n")
    priya.get(f"/cases/{case.case_id}")
    priya.post(f"/cases/{case.case_id}/act", {"action": "resolve", "version": case.version})
    room.clock.pass_by(days=30)
    room.hear(
        [
            Said(
                "402",
                "priya_n",
                "Larkspur dropping again every evening",
                5,
                2,
                "Priya Nair",
                topics=("outage",),
            )
        ]
    )
    html = priya.get(f"/cases/{room.case_of('priya_n').case_id}").text
    assert f"/cases/{case.case_id}" in html
    assert "resolved" in html
    assert "not angry just tired" in html


def test_a_missing_case_is_a_page(priya: Browser) -> None:
    """404 in words."""
    answer = priya.get("/cases/9999")
    assert answer.status_code == 404
    assert "There is no case 9999" in answer.text


def test_the_history_names_who_did_what(room: Room, priya: Browser) -> None:
    """Every step with its person."""
    case = room.case_of("mayao")
    priya.get(f"/cases/{case.case_id}")
    priya.post(f"/cases/{case.case_id}/act", {"action": "take", "version": case.version})
    assert "Priya Shah took it" in _maya(room, priya)
