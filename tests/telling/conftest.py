"""A receiver for every test that tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from tests.clock import SetClock
from tests.new_ledger import new_ledger
from tests.telling.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Another system that listens."""
    system = Receiver()
    yield system
    system.close()


@pytest.fixture
def small_ledger(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """An empty ledger on SQLite alone, where a second database would teach nothing."""
    with Ledger.open(new_ledger(tmp_path / "earnest.db"), clock=clock) as opened:
        yield opened
