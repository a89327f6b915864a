"""What was heard and what not, as the desk shows it: read, told, and seen on a phone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import sync_playwright

from tests.desk import axe
from tests.desk.browser import Browser
from tests.desk.deaf_desk import desk
from tests.desk.serving import ARGUMENTS, CHROMIUM, served


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A desk with something of every kind to show; the tests only read it."""
    app, ledger = desk(tmp_path_factory.mktemp("deaf"))
    yield app
    ledger.close()


def _words(page: str) -> str:
    """What a page says, without its elements."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_alarms_come_first(deaf: FastAPI) -> None:
    """Every deaf source with the reason in words, before any picture."""
    top, _, _ = Browser(deaf).get("/coverage").text.partition('class="picture"')
    told = _words(top)
    assert "3 of 3 sources need a look" in told
    assert (
        "quieter than usual , https://hill.example/feed : usually 21 posts a day; 0 in the last 3 days"
        in told
    )
    assert "failing , https://forum.example/c/6.rss : 403: the forum wants a sign-in now" in told
    assert "never asked , earnest listen mastodon asks it" in told


@pytest.mark.parametrize(
    "said",
    [
        "Wed 19 Aug: heard, 21 posts",
        "Thu 20 Aug: gap, 9 posts",
        "Tue 25 Aug: silent",
        "Mon 24 Aug: failed; 2 of 2 polls failed",
        "Tue 25 Aug: not asked",
    ],
)
def test_every_day_is_said_in_words(deaf: FastAPI, said: str) -> None:
    """The picture is a table: each day tells its state and posts to those who do not see it."""
    assert f'<span class="only-spoken">{said}</span>' in Browser(deaf).get("/coverage").text


def test_gaps_are_told_with_their_reasons(deaf: FastAPI) -> None:
    """From when to when, on the desk's clock, and why; costs and times beside them."""
    told = _words(Browser(deaf).get("/coverage").text)
    assert "20 Aug 07:00 to 21 Aug 13:00: window expired the feed holds ten entries" in told
    assert "$0.25" in told


def test_queries_without_trouble_fold_away(deaf: FastAPI) -> None:
    """Of eight forums the one that fails is seen at once."""
    page = Browser(deaf).get("/coverage").text
    assert "7 queries without trouble" in page
    assert page.index("https://forum.example/c/6.rss") < page.index("7 queries without trouble")


@pytest.mark.parametrize(("days", "status"), [("7", 200), ("28", 200), ("0", 422), ("x", 422)])
def test_as_many_days_as_wanted(deaf: FastAPI, days: str, status: int) -> None:
    """A week to four weeks; anything else is refused in words."""
    answer = Browser(deaf).get(f"/coverage?days={days}")
    assert answer.status_code == status
    if status == 200:
        assert f"the last {days} days" in answer.text


def test_programs_read_the_same(deaf: FastAPI) -> None:
    """The API names what is deaf and the state of every day."""
    told = Browser(deaf).get("/api/coverage?days=7").json()
    assert told["deaf"] == ["blogs", "forums", "mastodon"]
    assert {day["state"] for day in told["sources"][2]["days"]} == {"not asked"}


def test_the_sources_page_points_there(deaf: FastAPI) -> None:
    """Whoever looks at the sources sees that some are deaf, and why."""
    told = Browser(deaf).get("/status").text
    assert 'href="/coverage"' in told
    assert "3 sources need a look" in _words(told)


@pytest.mark.servers
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
def test_axe_finds_nothing_and_a_phone_is_wide_enough(deaf: FastAPI) -> None:
    """WCAG 2.2 A and AA in light and dark, everything unfolded; nothing scrolls sideways at 390 pixels."""
    with served(deaf) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(base_url=address, bypass_csp=True, reduced_motion="reduce")
        page = context.new_page()
        page.goto("/coverage")
        axe.finds_nothing(page, "coverage")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(
            "[...document.querySelectorAll('.wide')].every(e => e.scrollWidth <= e.clientWidth + 1)"
        )
        browser.close()
