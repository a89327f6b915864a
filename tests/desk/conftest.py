"""Fixtures of the desk's tests: a room with an afternoon heard, and a browser in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.browser import Browser
from tests.desk.larkspur import AFTERNOON, Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A desk where an afternoon was heard."""
    room = Room(tmp_path)
    room.hear(AFTERNOON)
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
