"""The pictures in docs/: the demo's desk as a newcomer meets it. `python -m tests.desk.pictures [FOLDER]`.

The made-up world of `earnest demo` is heard once, a responder sits down at its desk, and the pages are
photographed; coverage and overview, which tell of weeks, at the tests' desks that were heard for so long.
Look at each picture before you commit it. (`tests.desk.screenshots` shows every page to whoever changes
one; these few are for readers.)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from earnest import auditing
from earnest.demo.folder import write_config
from earnest.demo.run import PROJECT
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from earnest.desk.app import create_app
from earnest.ledger import Ledger
from earnest.ledger.samples import answer, items
from earnest.pipeline import run_pass
from earnest.preview import analyzer_of
from earnest.search.home import open_index
from earnest.settings import load
from listeners.listener import utcnow
from listeners.registry import build
from tests.desk import busy_desk, deaf_desk
from tests.desk.serving import ARGUMENTS, CHROMIUM, served

WHO = "Priya Shah"
WIDE = {"width": 1210, "height": 560}
PAGE = {"width": 1060, "height": 660}
PHONE = {"width": 390, "height": 780}
MOST = 150_000
"""Bytes of a picture: they are read on the web, and every version stays in the repository."""
SELLS = "So sorry about that! Use code SORRY10 for 10% off your next bill."


@contextmanager
def demo() -> Iterator[tuple[str, Ledger]]:
    """The desk's address and its ledger, once the whole story was heard."""
    with tempfile.TemporaryDirectory() as home:
        world = World.open(utcnow(), speed=500)
        with WorldServer(world) as server:
            folder = write_config(server, template=PROJECT / "config", home=Path(home))
            settings = load(folder, environment={})
            listeners = [
                listener
                for source in settings.sources
                for listener in build(source, settings.brands, secrets=SECRETS)
            ]
            time.sleep(max(0.0, (world.ends - utcnow()).total_seconds()))
            with Ledger.open(settings.database, rules=settings.rules) as ledger:
                index = open_index(ledger, settings.data_dir, environ={})
                run_pass(settings, ledger, analyzer_of(settings), index, listeners=listeners)
                with served(create_app(ledger, settings, index)) as address:
                    yield address, ledger


def sit(browser: Browser, address: str, size: dict[str, int], scheme: str = "light") -> Page:
    """A page of a responder's own, as wide as this."""
    context = browser.new_context(
        base_url=address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": size["width"], "height": size["height"]},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/you")
    page.get_by_label("Your name").fill(WHO)
    page.get_by_role("button", name="Sit down").click()
    page.wait_for_url(f"{address}/")
    return page


def keep(page: Page, file: Path, **how: Any) -> None:
    """Take the picture; too large a one is said to be."""
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=file, **how)
    size = file.stat().st_size
    sys.stdout.write(f"{file}  {size // 1000} kB{'  TOO LARGE' if size > MOST else ''}\n")


def read_some(ledger: Ledger) -> None:
    """Draw a sample and answer two thirds of it, as somebody would who agrees with the model mostly."""
    now = utcnow()
    made = auditing.draw(
        ledger.database, since=now.replace(year=now.year - 1), until=now, size=60, seed=7, who=WHO
    )
    brought = {row.post_id for row in ledger.queue().rows}
    said = {
        one.place: "complaint" if one.post.id in brought or one.place % 11 == 0 else "none"
        for one in items(ledger.database, made.id)[:40]
    }
    answer(ledger.database, made.id, said, who=WHO)


def shoot(browser: Browser, address: str, ledger: Ledger, folder: Path) -> None:
    """Write a picture of each page."""
    rows = ledger.queue().rows
    first = next((row for row in rows if row.earlier_cases), rows[0])
    wide = sit(browser, address, WIDE)
    wide.goto(f"/?case={rows[0].case_id}")
    keep(wide, folder / "desk.png")

    page = sit(browser, address, PAGE)
    page.goto(f"/cases/{rows[0].case_id}")
    page.locator("#reply").fill(SELLS)
    expect(page.locator("#findings .stop").first).to_be_visible()
    answer_, hand = (page.locator(where).bounding_box() for where in (".answer", "#hand-head >> xpath=.."))
    assert answer_ is not None
    assert hand is not None
    column = {
        "x": answer_["x"] - 16,
        "y": answer_["y"] - 16,
        "width": answer_["width"] + 32,
        "height": hand["y"] + hand["height"] - answer_["y"] + 32,
    }
    keep(page, folder / "reply.png", full_page=True, clip=column)
    page.goto("/dismissed")
    page.locator("#list .to-case").first.click()
    page.wait_for_load_state()
    keep(page, folder / "why-not.png")
    page.goto(f"/people/{ledger.case(first.case_id).case.person_id}")
    keep(page, folder / "person.png")
    page.goto("/search?q=engineer OR refund")
    keep(page, folder / "search.png")
    read_some(ledger)
    page.goto("/audit")
    keep(page, folder / "audit.png")

    dark = sit(browser, address, WIDE, "dark")
    dark.goto(f"/?case={rows[1].case_id}")
    keep(dark, folder / "dark.png")
    phone = sit(browser, address, PHONE)
    phone.goto("/")
    keep(phone, folder / "phone.png")


def shoot_weeks(browser: Browser, folder: Path) -> None:
    """Write the pictures of the pages that tell of weeks."""
    with tempfile.TemporaryDirectory() as home:
        deaf, ledger = deaf_desk.desk(Path(home))
        with served(deaf) as address:
            page = sit(browser, address, PAGE)
            page.goto("/coverage")
            keep(page, folder / "coverage.png")
        ledger.close()
    with tempfile.TemporaryDirectory() as home:
        room = busy_desk.desk(Path(home))
        with served(room.app) as address:
            page = sit(browser, address, PAGE)
            page.goto("/overview")
            keep(page, folder / "overview.png")
        room.ledger.close()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (address, ledger), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shoot(browser, address, ledger, folder)
        shoot_weeks(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()
