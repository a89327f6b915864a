"""A database is brought to this version's tables, or the reason it cannot be is said with the mend."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from earnest.ledger import Ledger, LedgerError
from earnest.ledger.schema import HEAD, configuration
from earnest.ledger.tables import metadata
from listeners.listener import Batch
from tests.ledger.world import hear, post


@pytest.mark.filterwarnings("ignore:autogenerate skipping")  # see _untold
def test_the_migrations_make_the_tables(ledger: Ledger) -> None:
    """Whoever changes tables.py writes a migration."""
    with ledger.database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert not [difference for difference in differences if not _untold(difference)]


def _untold(difference: tuple[Any, ...]) -> bool:
    """SQLite does not tell of indices with a descending column."""
    told = {"ix_cases_open", "ix_cases_closed", "ix_cases_free"}
    return difference[0] == "add_index" and difference[1].name in told


def test_the_head_is_the_newest_migration() -> None:
    """Opening a ledger that is up to date does not load alembic."""
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_opening_again_keeps_everything(ledger: Ledger, ledger_url: str) -> None:
    """And migrates nothing."""
    hear(ledger, post("1"))
    before = ledger.canonical()
    with Ledger.open(ledger_url) as again:
        assert again.canonical() == before


def test_another_version_is_refused(ledger: Ledger, ledger_url: str) -> None:
    """With both versions and what to do."""
    with ledger.database.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(
            LedgerError, match=r"version 9999, which this Earnest does not know .* restore a copy"
        ):
            Ledger.open(ledger_url)
    finally:
        with ledger.database.write() as conn:
            conn.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{HEAD}'")


def test_a_stranger_database_is_refused(tmp_path: Path) -> None:
    """It holds a table of one of our names that is not ours."""
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE post (title TEXT)")
    with pytest.raises(LedgerError, match="not Earnest's"):
        Ledger.open(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("nonsense", "cannot be used", id="no address"),
        pytest.param("mysql://x/y", "cannot be used", id="unknown database"),
        pytest.param("sqlite:////proc/nowhere/earnest.db", "folder", id="no folder"),
        pytest.param("postgresql+psycopg://me:hush@127.0.0.1:1/x", "cannot be reached", id="no server"),
    ],
)
def test_an_address_that_does_not_work_is_said(url: str, said: str) -> None:
    """Without its password."""
    with pytest.raises(LedgerError, match=said) as caught:
        Ledger.open(url)
    assert "hush" not in str(caught.value)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    """It may be anything."""
    file = tmp_path / "notes.txt"
    file.write_text("dear diary, " * 500)
    with pytest.raises(LedgerError, match="no database"):
        Ledger.open(f"sqlite:///{file}")


def test_a_missing_database_on_the_server_is_said(request: pytest.FixtureRequest) -> None:
    """The mend is to create it."""
    server = request.getfixturevalue("postgres_server")
    with pytest.raises(LedgerError, match="createdb"):
        Ledger.open(server.url("nobody_made_this"))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that may not grow any more: the disk is full, as SQLite tells it."""
    with Ledger.open(f"sqlite:///{tmp_path / 'small.db'}") as ledger:
        with ledger.database.read() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        yield ledger


def test_a_full_disk_is_said_and_loses_nothing(small: Ledger) -> None:
    """The batch that did not fit left no trace; the cursor stands before it."""
    posts = tuple(post(str(n), "Larkspur " * 500) for n in range(100))
    with pytest.raises(LedgerError, match="disk is full; free some space"):
        small.commit_batch("s", Batch({"v": 2}, posts=posts), query="q", source="x")
    assert small.state("s", "q") == {}
    assert not small.posts_to_analyze()


def test_a_database_somebody_locked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After waiting, with what to do; nothing hangs for good."""
    monkeypatch.setattr("earnest.ledger.database.BUSY_SECONDS", 0.2)
    file = tmp_path / "earnest.db"
    with Ledger.open(f"sqlite:///{file}") as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process"):
            hear(ledger, post("1"))
        other.close()
        assert hear(ledger, post("1")).new == 1


def test_a_failing_command_shows_no_traceback_text() -> None:
    """A LedgerError is one line."""
    code = "from earnest.ledger import *\ntry: Ledger.open('nonsense')\nexcept LedgerError as e: print(e)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.count("\n") == 1
