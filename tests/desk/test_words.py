"""Hostile text stays text; hidden characters show; links lead only where they say."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from earnest.desk.words import _ORDINARY, Mark, excerpt, host_of, plain, safe_url, shown


def test_markup_is_escaped() -> None:
    """A script element in a post is only its letters."""
    assert shown("<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_bidi_override_is_made_visible() -> None:
    """A right-to-left override is replaced by its name."""
    html = shown("safe\u202egpj.exe")
    assert "\u202e" not in html
    assert "RLO" in html


def test_zero_width_space_is_made_visible_in_names() -> None:
    """Names are shown with the same care as texts."""
    assert "ZWSP" in plain("Lark\u200bspur")


@pytest.mark.parametrize(
    "text", ["👩\u200d👩\u200d👧", "می\u200cخواهم", "🏴\U000e0067\U000e0062\U000e0065\U000e007f"]
)
def test_joiners_that_belong_are_left(text: str) -> None:
    """Emoji families, Persian and regional flags keep their joiners."""
    assert shown(text) == text


def test_a_joiner_between_latin_letters_shows() -> None:
    """There it can only hide a difference."""
    assert "ZWJ" in shown("pay\u200dpal")


def test_marks_become_mark_elements() -> None:
    """Evidence words are marked where they stand."""
    assert shown("no internet again", [Mark(3, 11, title="outage")]) == (
        'no <mark class="evidence" title="outage">internet</mark> again'
    )


def test_overlapping_marks_join() -> None:
    """Two overlapping marks of one kind become one, with both titles."""
    html = shown("abcdef", [Mark(0, 4, title="x"), Mark(2, 6, title="y")])
    assert html == '<mark class="evidence" title="x; y">abcdef</mark>'


def test_marks_of_two_kinds_do_not_overlap() -> None:
    """The later mark is cut to what the earlier one left."""
    html = shown("abcdef", [Mark(0, 4, "brand"), Mark(2, 6, "evidence")])
    assert html == '<mark class="brand">abcd</mark><mark class="evidence">ef</mark>'


def test_an_address_becomes_a_link_without_its_full_stop() -> None:
    """Punctuation after an address is not part of it."""
    html = shown("see https://larkspur.example/help.")
    assert 'href="https://larkspur.example/help"' in html
    assert html.endswith("</a>.")
    assert 'rel="noopener noreferrer nofollow ugc"' in html


def test_a_mark_inside_an_address_covers_it() -> None:
    """A link is never cut in two by a mark."""
    html = shown("go https://a.example/xyz now", [Mark(5, 8)])
    assert html.count("<a ") == 1
    assert html.index("<mark") < html.index("<a ")


def test_a_look_alike_host_shows_where_it_leads() -> None:
    """Letters of another script in a host are spelt out beside the link."""
    assert "xn--" in shown("https://lаrkspur.example/")  # the second letter is Cyrillic


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//x.example",
        "https://",
        "https://x.com@evil.example/",
        "http://a\u202eb.example/",
        "http://a b/",
        "http://h:99999999/",
        "ftp://x.example/",
        "",
    ],
)
def test_only_plain_web_addresses_are_links(url: str) -> None:
    """Anything but http(s) with a host and no user name is refused."""
    assert safe_url(url) is None


def test_host_of_is_ascii() -> None:
    """Hosts are compared and shown in punycode."""
    assert host_of("https://müller.example/x") == "xn--mller-kva.example"


def test_excerpt_keeps_the_evidence_in_sight() -> None:
    """A long text is cut around its first mark."""
    text = "word " * 100 + "the hub is on fire " + "word " * 100
    at = text.index("fire")
    assert "fire" in excerpt(text, [Mark(at, at + 4)], length=120)


def test_the_quick_way_passes_over_nothing_unseen() -> None:
    """Every character of the quick way is one that shows."""
    quick = [chr(c) for c in range(0x3000) if _ORDINARY.fullmatch(chr(c)) and chr(c) not in "\n\t"]
    assert len(quick) > 900
    assert [c for c in quick if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Mn"}] == []


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=5),
)
def test_no_character_is_lost(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever the marks, a text without hidden characters reads as written."""
    html = shown(text, [Mark(a, b) for a, b in spans])
    if "unseen" not in html and "leads" not in html and "\r" not in text:
        assert Markup(html).striptags().split() == Markup("{}").format(text).unescape().split()
