"""A pass that is killed at any moment and run again ends with the same ledger as an undisturbed one."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from earnest.ledger import Ledger
from tests.servers import postgres

ROOT = Path(__file__).resolve().parent.parent
SEED = 20260803

pytestmark = pytest.mark.timeout(300)  # a hundred and fifty processes, on whatever machine


class Runner:
    """Orders passes from tests.crash_runner."""

    def __init__(self, process: subprocess.Popen[str], kind: str, folder: Path) -> None:
        self._process, self._kind, self._folder = process, kind, folder

    def run(self, url: str, die_at: int | None = None) -> dict[str, Any]:
        """One pass in a process of its own; it is killed before statement `die_at`."""
        assert self._process.stdin is not None
        order = {"kind": self._kind, "url": url, "folder": str(self._folder), "die_at": die_at}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._answer()))

    def told(self) -> str:
        """The canonical text of the ledger after the last pass that was not killed."""
        return (self._folder / "told.txt").read_text(encoding="utf-8")

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, "the runner ended; its error is above"
        return line


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """One runner for all: what it has imported serves every test."""
    command = [sys.executable, "-W", "error", "-m", "tests.crash_runner"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def _key(url: str) -> None:
    """Give every ledger of a test one key, so that their tombstones can be compared."""
    with Ledger.open(url) as ledger, ledger.database.write() as conn:
        conn.exec_driver_sql("DELETE FROM ledger_key")
        made = "X'00'" if url.startswith("sqlite") else r"'\x00'"
        conn.exec_driver_sql(f"INSERT INTO ledger_key (name, value) VALUES ('tombstones', {made})")


def _searchable(file: Path) -> list[Any]:
    """What the embedded index holds, and whether SQLite finds the file whole."""
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return raw.execute("SELECT id, version, stored FROM mention_document ORDER BY id").fetchall()


def _moments(statements: int, count: int) -> list[int]:
    """`count` moments over a pass, one at random in each part of it, so that no part is left out."""
    dice = random.Random(SEED)
    part = statements / count
    return [int(part * n + dice.uniform(0, part)) + 1 for n in range(count)]


def _sqlite(folder: Path) -> Callable[[], tuple[str, Path]]:
    """Ledgers to crash, each a copy of one empty ledger."""
    template = folder / "template.db"
    _key(f"sqlite:///{template}")
    made = iter(range(10_000))

    def fresh() -> tuple[str, Path]:
        file = folder / f"ledger{next(made)}.db"
        file.write_bytes(template.read_bytes())
        return f"sqlite:///{file}", file

    return fresh


def _crash(runner: Runner, fresh: Callable[[], tuple[str, Path]], count: int) -> None:
    url, file = fresh()
    statements = runner.run(url)["statements"]
    undisturbed, searchable = runner.told(), _searchable(file)
    killed = 0
    for moment in _moments(statements, count):
        url, file = fresh()
        killed += runner.run(url, moment)["killed"]
        runner.run(url)
        assert runner.told() == undisturbed, f"killed before statement {moment} of {statements}"
        assert _searchable(file) == searchable
    assert killed == count


def test_killed_at_fifty_moments(process: subprocess.Popen[str], tmp_path: Path) -> None:
    """The ledger and search are the same, whenever the process died."""
    _crash(Runner(process, "fast", tmp_path), _sqlite(tmp_path), 52)


def test_killed_again_and_again(process: subprocess.Popen[str], tmp_path: Path) -> None:
    """A pass that never gets far still arrives, and at the same place."""
    fresh, runner = _sqlite(tmp_path), Runner(process, "fast", tmp_path)
    url, _ = fresh()
    statements = runner.run(url)["statements"]
    undisturbed = runner.told()
    url, _ = fresh()
    dice = random.Random(SEED)
    deaths = sum(runner.run(url, dice.randint(statements // 8, statements // 4))["killed"] for _ in range(8))
    runner.run(url)
    assert deaths > 3
    assert runner.told() == undisturbed


def test_killed_while_a_fuse_blows(process: subprocess.Popen[str], tmp_path: Path) -> None:
    """The same mentions are held, and no case is counted twice or not at all."""
    runner = Runner(process, "fused", tmp_path)
    _crash(runner, _sqlite(tmp_path), 6)
    assert '"": "fuse"' in runner.told()
    assert '"held": 1' in runner.told()


def test_killed_while_many_hosts_are_asked_at_once(process: subprocess.Popen[str], tmp_path: Path) -> None:
    """Whoever answers first, and whoever's batch was stored when the process died."""
    _crash(Runner(process, "hosts", tmp_path), _sqlite(tmp_path), 8)


def test_killed_with_the_real_model(process: subprocess.Popen[str], tmp_path: Path) -> None:
    """The shipped pipeline resumes as the light one does."""
    _crash(Runner(process, "real", tmp_path), _sqlite(tmp_path), 2)


@pytest.mark.servers
def test_killed_on_postgresql(
    process: subprocess.Popen[str], postgres_server: postgres.Postgres, tmp_path: Path
) -> None:
    """A server keeps the same promise."""
    url, runner = postgres_server.fresh(), Runner(process, "fast", tmp_path)
    _key(url)
    statements = runner.run(url)["statements"]
    undisturbed = runner.told()
    for moment in _moments(statements, 6):
        postgres_server.empty(url)
        (tmp_path / "search.db").unlink(missing_ok=True)
        _key(url)
        assert runner.run(url, moment)["killed"]
        runner.run(url)
        assert runner.told() == undisturbed, f"killed before statement {moment} of {statements}"
