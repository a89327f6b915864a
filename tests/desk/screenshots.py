"""Pictures of every page, light, dark and on a phone: `python -m tests.desk.screenshots FOLDER [ADDRESS]`.

Without an address the small afternoon of the tests is served; with one, a desk that already runs.
They are for whoever changes a page; the few in docs/ are made by `tests.desk.pictures`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from earnest.desk.passwords import hash_password
from tests.desk.larkspur import AFTERNOON, Clock, Room
from tests.desk.serving import ARGUMENTS, CHROMIUM, served

PAGES = {
    "queue": "/",
    "beside": "/?case=1",
    "case": None,
    "search": "/search?q=larkspur",
    "dismissed": "/dismissed",
    "why": "/why/x/601",
    "person": "/people/1",
    "sources": "/status",
    "coverage": "/coverage",
    "overview": "/overview",
    "audit": "/audit",
    "you": "/you",
}
LOOKS = {"light": ("light", 1280, 900), "dark": ("dark", 1280, 900), "phone": ("light", 390, 844)}


@contextmanager
def _afternoon() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder), Clock(datetime.now(UTC)), knowledge=Path("config"))
        room.hear(AFTERNOON)
        with served(room.app) as address:
            yield address
        room.ledger.close()


def shoot(browser: Browser, address: str, folder: Path) -> None:
    """Write FOLDER/page-look.png for every page and look."""
    for look, (scheme, width, height) in LOOKS.items():
        context = browser.new_context(
            base_url=address,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
        )
        page = context.new_page()
        page.goto("/you")
        page.get_by_label("Your name").fill("Priya Shah")
        page.get_by_role("button", name="Sit down").click()
        page.wait_for_url(f"{address}/")
        for name, path in PAGES.items():
            if path is None:  # the case that is first in the queue
                page.goto("/")
                page.goto(page.locator(".to-case").first.get_attribute("href") or "/")
            else:
                page.goto(path)
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=look == "phone")
        context.close()


def shoot_door(browser: Browser, folder: Path) -> None:
    """Write the pictures of a desk where people sign in: the sign-in, one's own page and the door."""
    password = "kettle orbit lantern 9"
    with tempfile.TemporaryDirectory() as kept:
        room = Room(Path(kept), Clock(datetime.now(UTC)))
        room.ledger.doors.add("Ada Lin", "admin", hash_password(password), by="Ada Lin")
        room.ledger.doors.add("Tom Reed", "responder", hash_password(password), by="Ada Lin")
        with served(room.app) as address:
            for look, (scheme, width, height) in LOOKS.items():
                context = browser.new_context(
                    base_url=address,
                    color_scheme="dark" if scheme == "dark" else "light",
                    viewport={"width": width, "height": height},
                )
                page = context.new_page()
                page.goto("/sign-in")
                page.screenshot(path=folder / f"sign-in-{look}.png")
                for name, word in (("Tom Reed", "wrong"), ("Ada Lin", password)):
                    page.get_by_label("Your name").fill(name)
                    page.get_by_label("Password").fill(word)
                    page.get_by_role("button", name="Sign in").click()
                    page.wait_for_load_state()
                    if word == "wrong":
                        page.screenshot(path=folder / f"sign-in-wrong-{look}.png")
                for name in ("you", "door"):
                    page.goto(f"/{name}")
                    page.screenshot(path=folder / f"signed-{name}-{look}.png", full_page=True)
                context.close()
        room.ledger.close()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if len(sys.argv) > 2:
            shoot(browser, sys.argv[2], folder)
        else:
            with _afternoon() as address:
                shoot(browser, address, folder)
            shoot_door(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
