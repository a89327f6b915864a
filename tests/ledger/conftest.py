"""Fixtures of the ledger's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from tests.clock import SetClock
from tests.new_ledger import new_ledger


@pytest.fixture
def small(tmp_path: Path, clock: SetClock) -> Iterator[Ledger]:
    """An empty ledger in SQLite, for what a second database would teach nothing more about."""
    with Ledger.open(new_ledger(tmp_path / "earnest.db"), clock=clock) as ledger:
        yield ledger
