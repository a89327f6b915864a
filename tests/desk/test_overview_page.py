"""The lead's page: the same figures as a page, as JSON and as a file, and the alarms beside the queue."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from earnest.desk import glances
from earnest.desk.cells import cell
from listeners.listener import Refused
from tests.desk import axe
from tests.desk.browser import Browser
from tests.desk.busy_desk import desk
from tests.desk.larkspur import Room
from tests.desk.serving import ARGUMENTS, CHROMIUM, served


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Five weeks at the desk; the tests only read them."""
    room = desk(tmp_path_factory.mktemp("busy"))
    yield room
    room.ledger.close()


def _words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture(scope="module")
def told(busy: Room) -> str:
    """What the page says, without its elements."""
    return _words(Browser(busy.app).get("/overview").text)


@pytest.mark.parametrize(
    "said",
    [
        "9 cases arrived, 2 were answered in public.",
        "outage the weeks before, oldest first: 0, 0, 0, 0 24 0 ▲ more than usual",
        "billing the weeks before, oldest first: 5, 5, 4, 5 6 4.7 as usual",
        "X · new 9×",
        "Answered by the brand, in public",
        "First answer half of them came within 20 min",
        "Perhaps deaf: x (failing)",
    ],
)
def test_figures_are_said_in_words(told: str, said: str) -> None:
    """What is drawn can be read, too."""
    assert said in told


def test_every_picture_is_a_table_too(busy: Room) -> None:
    """No drawing is spoken; each has its numbers beside it."""
    page = Browser(busy.app).get("/overview").text
    drawings = re.findall(r"<svg[^>]*>", page)
    assert len(drawings) > 30
    outside = [one for one in drawings if "aria-hidden" not in one and 'viewBox="0 0 20 42"' not in one]
    assert [one for one in outside if "10 10" not in one] == []
    assert page.count('<th scope="row">') + page.count('<th scope="row" role') > 30


def test_nobody_who_answers_is_counted_or_named(room: Room, priya: Browser) -> None:
    """Whoever works is no figure."""
    room.ledger.claim_next("Tom Reed")
    for path in ("/overview", "/api/overview", "/overview.csv"):
        assert "Tom Reed" not in priya.get(path).text


def test_programs_read_the_same(busy: Room) -> None:
    """Sums, hours, weeks and what became of people."""
    seen = Browser(busy.app).get("/api/overview").json()
    assert seen["totals"]["open"] == busy.ledger.queue().total_open
    assert len(seen["hours"]) == 24
    assert sum(band["cases"] for band in seen["ages"]) == seen["totals"]["open"]
    assert next(topic for topic in seen["topics"] if topic["name"] == "outage")["change"] == "more"
    assert seen["outcomes"][""]["answered"] == 12


def test_the_file_opens_in_a_spreadsheet(busy: Room) -> None:
    """As an attachment, with the same numbers."""
    answer = Browser(busy.app).get("/overview.csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    lines = list(csv.DictReader(answer.text.splitlines()))
    overdue = sum(int(line["number"]) for line in lines if line["what"] == "overdue")
    assert overdue == Browser(busy.app).get("/api/overview").json()["totals"]["overdue"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """Whoever opens the file runs nothing."""
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["care", 4, -1.5, ""])
def test_other_cells_stay_as_they_are(value: str | float) -> None:
    """Numbers are numbers."""
    assert cell(value) == value


@pytest.mark.parametrize("path", ["/", "/overview"])
def test_whoever_leads_sees_alarms_beside_the_queue(busy: Room, path: str) -> None:
    """A source that may be deaf, with the way to look."""
    page = Browser(busy.app).get(path).text
    assert "1 source may be deaf : x (failing)." in _words(page)


def test_a_stopped_rule_is_seen_beside_the_queue(room: Room, priya: Browser) -> None:
    """By its name, with what it holds."""
    with room.ledger.database.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO fuse (rule, rules, most, minutes, blown_at) "
            "VALUES ('complaints', '1', 5, 60, '2026-11-21 11:00:00.000000')"
        )
    told = _words(priya.get("/").text)
    assert "The rule complaints is stopped since 1 h ago ; it holds 0 mentions." in told


def test_responders_are_left_to_their_work(room: Room) -> None:
    """Alarms are for who leads; the pages they lead to are open to all."""
    room.ledger.poll_started("x", "x", "deaf")
    for name, role in (("Ada Lin", "lead"), ("Tom Reed", "responder")):
        room.ledger.doors.add(name, role, "hash", by="Ada Lin")
    room.ledger.poll_ended("x", "deaf", error=Refused("401"), next_poll=None)
    seen = {}
    for name in ("Ada Lin", "Tom Reed"):
        page = Browser(room.app).come_in(room.ledger.doors, name).get("/").text
        seen[name] = "may be deaf" in page
    assert seen == {"Ada Lin": True, "Tom Reed": False}


def test_receivers_are_told_of_with_the_mend(busy: Room) -> None:
    """Who fails, since when and why, and what to do."""
    told = _words(Browser(busy.app).get("/status").text)
    assert "case-system told just now nothing waits" in told
    assert "leads failing the service answered 404; see that its address is still the right one" in told
    assert "Try it now: earnest tell" in told
    one = Browser(busy.app).get("/api/receivers").json()[1]
    assert (one["target"], one["dead"], bool(one["failing_since"])) == ("leads", 0, True)


def test_figures_are_made_once_a_minute(room: Room, priya: Browser) -> None:
    """However many look; later they are new."""
    before = priya.get("/api/overview").json()["now"]
    room.clock.pass_by(seconds=30)
    assert priya.get("/api/overview").json()["now"] == before
    room.clock.now += glances.FRESH
    assert priya.get("/api/overview").json()["now"] > before


@pytest.mark.servers
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
def test_axe_finds_nothing_and_a_phone_is_wide_enough(busy: Room) -> None:
    """WCAG 2.2 A and AA in light and dark, everything unfolded; nothing scrolls sideways at 390 pixels."""
    with served(busy.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(base_url=address, bypass_csp=True, reduced_motion="reduce")
        page = context.new_page()
        for path in ("/overview", "/status"):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(path)
            axe.finds_nothing(page, path)
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
