"""Pictures of every page, light, dark and on a phone: `python -m tests.desk.screenshots FOLDER [ADDRESS]`.

Without an address the small afternoon of the tests is served; with one, a desk that already runs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.desk.larkspur import AFTERNOON, Clock, Room
from tests.desk.serving import ARGUMENTS, CHROMIUM, served

PAGES = {
    "queue": "/",
    "case": "/cases/1",
    "search": "/search?q=larkspur",
    "dismissed": "/dismissed",
    "why": "/why/x/601",
    "person": "/people/1",
    "sources": "/status",
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
            page.goto(path)
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=look == "phone")
        context.close()


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
        browser.close()


if __name__ == "__main__":
    main()
