"""What helps with a case, at a real browser: all of it by keyboard, and axe finds nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from routing.case import State
from tests.desk import axe
from tests.desk.larkspur import Room
from tests.desk.serving import ARGUMENTS, CHROMIUM, served
from tests.desk.test_case_links import AGAIN, ELSEWHERE, REDDIT

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]
CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, afternoon: Path) -> Iterator[Room]:
    """A desk with saved replies, where a case has to do with others, and a colleague calls."""
    home = tmp_path_factory.mktemp("busy")
    shutil.copytree(afternoon, home, dirs_exist_ok=True)
    for folder in ("replies", "knowledge"):
        shutil.copytree(CONFIG / folder, home / folder)
    room = Room(home)
    room.hear([AGAIN, ELSEWHERE, REDDIT])
    room.ledger.note(_maya(room), responder="Tom Reed", note="@PriyaShah can the depot still send somebody?")
    yield room
    room.ledger.close()


def _maya(room: Room) -> int:
    return next(row.case_id for row in room.ledger.queue().rows if row.post_id == "103")


@pytest.fixture
def case_page(busy: Room, page: Page) -> Page:
    """The case's page, opened afresh, with nothing typed."""
    page.evaluate("sessionStorage.clear()")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/cases/{_maya(busy)}")
    return page


@pytest.fixture(scope="module")
def page(busy: Room) -> Iterator[Page]:
    """Priya at the case; any error in the console fails the test."""
    wrong: list[str] = []
    with served(busy.app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(base_url=address, bypass_csp=True, reduced_motion="reduce").new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto("/you")
        page.get_by_label("Your name").fill("Priya Shah")
        page.get_by_role("button", name="Sit down").click()
        page.wait_for_url(f"{address}/")
        yield page
        browser.close()
    assert wrong == []


def test_a_case_is_worked_with_all_that_helps_by_keyboard(busy: Room, case_page: Page) -> None:
    """A saved reply filled in before it can be copied, another case brought in, who else has the problem."""
    page = case_page
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    copy = page.get_by_role("button", name="Copy and open the post")
    expect(copy).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="new time")).to_be_visible()
    page.keyboard.type("tomorrow at nine")  # what was chosen is the field
    expect(page.locator("#reply")).to_have_value(
        "Hi Maya, you waited for an engineer who did not come, and nobody told you. I have booked the next "
        "visit for tomorrow at nine and will check on the day that it happens. How missed visits are made "
        "good: https://larkspur.example/help/missed-visit"
    )
    expect(page.locator("#to-fill")).to_be_hidden()
    expect(copy).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="The same problem elsewhere")).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Brought in: what they said there stands here now.")).to_be_visible()
    other = next(past.case_id for past in busy.ledger.case(_maya(busy)).earlier if past.merged_into)
    page.keyboard.press("u")
    page.wait_for_url(f"**/cases/{other}")
    assert busy.ledger.case(other).case.state is State.NEW


def test_a_case_brought_in_beside_the_list_is_told_in_its_row(busy: Room, case_page: Page) -> None:
    """The other row says at once how it stands, and again after undo; no row moves."""
    page, here = case_page, _maya(busy)
    page.goto(f"/?case={here}")
    other = next(past.case_id for past in busy.ledger.case(here).earlier if past.state is State.NEW)
    standing = page.locator(f'#list [data-case="{other}"] .row-standing')
    order = page.locator("#list .row").evaluate_all("rows => rows.map(row => row.dataset.case)")
    expect(standing).to_have_text("new")
    page.locator("#merge").click()
    expect(standing).to_contain_text("merged")
    page.locator("#beside .told").get_by_role("button", name="Undo").click()
    expect(standing).to_have_text("new")
    assert page.locator("#list .row").evaluate_all("rows => rows.map(row => row.dataset.case)") == order


def test_axe_finds_nothing_on_a_case_with_all_that_helps(case_page: Page) -> None:
    """Light and dark, every fold open, a field marked."""
    page = case_page
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    axe.finds_nothing(page, "a case with all that helps")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
