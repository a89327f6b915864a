"""One world, opened once."""

from __future__ import annotations

import pytest

from earnest.demo.world import World
from tests.demo.moments import START


@pytest.fixture(scope="session")
def world() -> World:
    """The world, opened at START."""
    return World.open(START)
