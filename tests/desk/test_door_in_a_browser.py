"""Signing in with a real browser: keyboard, no script, phone width, and for everyone's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from earnest.desk.passwords import hash_password
from tests.desk import axe
from tests.desk.larkspur import Room
from tests.desk.serving import CHROMIUM, served

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}"),
]

PASSWORD = "kettle orbit lantern 9"
PAGES = ("/you", "/door", "/", "/people/1")


@pytest.fixture
def address(room: Room) -> Iterator[str]:
    """A desk where Ada, an admin, signs in."""
    room.ledger.doors.add("Ada Lin", "admin", hash_password(PASSWORD), by="test")
    doors = room.ledger.doors
    doors.add("Tom Reed", "responder", hash_password(PASSWORD), by="test", queues=["support"])
    doors.tokens.make("Ada Lin", "nightly report", {"read"}, lasts=timedelta(days=90), by="test")
    with served(room.app) as address:
        yield address


def _sign_in(page: Page, address: str) -> None:
    page.goto("/status")
    page.wait_for_url(f"{address}/sign-in?back=/status")
    expect(page.get_by_label("Your name")).to_be_focused()  # from the start
    page.keyboard.type("Ada Lin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/status")


@pytest.mark.parametrize("script", [True, False])
def test_in_and_out_by_keyboard(chromium: Browser, address: str, script: bool) -> None:
    """With and without script, back to where one wanted to go; a wrong password says so at the form."""
    context = chromium.new_context(base_url=address, java_script_enabled=script)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Your name").fill("Ada Lin")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("Your name")).to_have_value("Ada Lin")
    expect(page.get_by_role("alert") if script else page.get_by_label("Password")).to_be_focused()
    _sign_in(page, address)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/")
    page.wait_for_url("**/sign-in")
    context.close()


def test_a_phone_never_scrolls_sideways(chromium: Browser, address: str) -> None:
    """390 pixels are enough for the door, too."""
    context = chromium.new_context(base_url=address, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/sign-in")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    _sign_in(page, address)
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()


def test_axe_finds_nothing(chromium: Browser, address: str) -> None:
    """No violation of WCAG 2.2 A and AA on the door's pages, light and dark."""
    context = chromium.new_context(base_url=address, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()

    def look(path: str) -> None:
        page.goto(path)
        axe.finds_nothing(page, path)

    look("/sign-in")
    _sign_in(page, address)
    for path in PAGES:
        look(path)
    page.goto("/you")
    page.get_by_text("Make another").click()
    page.get_by_label("What it is for").fill("weekly list")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("Copy it now")).to_be_focused()
    axe.finds_nothing(page, "a token that was made")
    context.close()
