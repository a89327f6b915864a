"""A receiver for every test that tells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.telling.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Another system that listens."""
    system = Receiver()
    yield system
    system.close()
