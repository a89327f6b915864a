"""Fixtures of the desk's tests: a room with an afternoon heard, and a browser in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from tests.desk.browser import Browser
from tests.desk.larkspur import AFTERNOON, Room
from tests.desk.serving import ARGUMENTS, CHROMIUM


@pytest.fixture(scope="session")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose ledger heard the afternoon once, to be copied by every test."""
    folder = tmp_path_factory.mktemp("afternoon")
    room = Room(folder)
    room.hear(AFTERNOON)
    room.ledger.close()
    return folder


@pytest.fixture
def room(tmp_path: Path, afternoon: Path) -> Iterator[Room]:
    """A desk where an afternoon was heard."""
    shutil.copytree(afternoon, tmp_path, dirs_exist_ok=True)
    room = Room(tmp_path)
    yield room
    room.ledger.close()


@pytest.fixture
def priya(room: Room) -> Browser:
    """A responder at that desk."""
    return Browser(room.app).sit_down("Priya Shah")


@pytest.fixture
def tom(room: Room) -> Browser:
    """Her colleague."""
    return Browser(room.app).sit_down("Tom Reed")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One Chromium for all tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()
