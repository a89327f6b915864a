"""Fixtures for every room."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from tests.clock import SetClock
from tests.new_ledger import new_ledger
from tests.servers import postgres

gc.set_threshold(50_000, 25, 50)
"""Collecting garbage less often takes a seventh off the suite: what is imported is large and stays."""

LONG = (
    "test_crash.py",
    "test_in_a_browser.py",
    "test_airflow.py",
    "test_real.py",
    "test_run.py",
    "test_readme.py",
)
"""Files that take longest, the longest first: started first, so that no core waits for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; `make test` shares them out in this order, each to one process."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one process more than there are cores, as many tests wait for a browser or a server."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real material, which is not part of the project; skips where it is missing."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("EARNEST_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real material at {folder}; set EARNEST_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """One PostgreSQL for the whole session, with one ledger that is emptied after every test."""
    with postgres.running() as server:
        server.ledger = server.fresh()
        Ledger.open(server.ledger).close()
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty ledger, once on each database; skips where PostgreSQL is missing."""
    if request.param == "sqlite":
        yield new_ledger(tmp_path / "earnest.db")
        return
    server: postgres.Postgres = request.getfixturevalue("postgres_server")
    yield server.ledger
    server.empty(server.ledger)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands until a test moves it."""
    return SetClock()


@pytest.fixture
def ledger(ledger_url: str, clock: SetClock) -> Iterator[Ledger]:
    """An empty ledger on each database, by the test's clock."""
    with Ledger.open(ledger_url, clock=clock) as opened:
        yield opened
