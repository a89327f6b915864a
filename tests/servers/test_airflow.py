"""The DAGs, read and run by Airflow against the made-up world."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from earnest.demo.folder import write_config
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from earnest.ledger import Ledger
from earnest.settings import load
from listeners.listener import utcnow

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(400),  # half a minute on an idle machine
    pytest.mark.skipif(
        importlib.util.find_spec("airflow") is None, reason="Airflow is not installed: make test"
    ),
]
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """What Airflow said, the ledger it left, and the same ledger after the first of two rounds."""

    said: dict[str, Any]
    database: str

    def states(self, dag: str) -> list[dict[str, str]]:
        """Task states of every run of one DAG, in order."""
        return [run["tasks"] for run in self.said["runs"] if run["dag"] == dag]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Two rounds of the three DAGs over a world in which everything has happened."""
    home = tmp_path_factory.mktemp("airflow")
    with WorldServer(World.open(utcnow() - timedelta(hours=1))) as world:
        config = write_config(world, template=ROOT / "config", home=home / "world")
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "EARNEST_", "PYTHONWARN"))
        }
        environment = {
            **kept,
            **SECRETS,
            "EARNEST_CONFIG": str(config),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        program = [
            sys.executable,
            str(Path(__file__).with_name("airflow_dags.py")),
            str(home / "said.json"),
            "2",
        ]
        done = subprocess.run(
            program, env=environment, cwd=home, capture_output=True, text=True, timeout=380, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        yield Ran(json.loads((home / "said.json").read_text()), load(config, environment={}).database)


def test_airflow_reads_every_dag(ran: Ran) -> None:
    """No import error, and no file that takes long: the heavy imports are inside the tasks."""
    assert ran.said["errors"] == {}
    assert {"listen", "understand", "route"} <= set(ran.said["dags"])
    assert max(ran.said["seconds"].values()) < 5


def test_assets_join_the_dags(ran: Ran) -> None:
    """What listen brings wakes understand, and what that finds wakes route."""
    dags = ran.said["dags"]
    assert dags["listen"]["produces"] == dags["understand"]["consumes"] == ["earnest-posts"]
    assert dags["understand"]["produces"] == dags["route"]["consumes"] == ["earnest-mentions"]


def test_work_is_mapped_over_sources_and_shards(ran: Ran) -> None:
    """A task instance for each source, and for each shard."""
    dags = ran.said["dags"]
    assert [dags[name]["mapped"] for name in ("listen", "understand", "route")] == [
        ["hear"],
        ["read"],
        ["decide"],
    ]
    assert len([task for task in ran.states("listen")[0] if task.startswith("hear")]) == 3


def test_every_task_is_tried_again(ran: Ran) -> None:
    """With growing pauses; a run never starts beside the one before, and nothing is caught up."""
    for dag in ran.said["dags"].values():
        assert min(dag["retries"].values()) >= 2
        assert dag["exponential"]
        assert dag["active"] == 1
        assert dag["catchup"] is False


def test_the_dags_bring_cases_to_the_ledger(ran: Ran) -> None:
    """From the networks to the queue, through Airflow alone."""
    assert [run["state"] for run in ran.said["runs"]] == ["success"] * 6
    with Ledger.open(ran.database) as ledger:
        assert ledger.queue().total_open > 50
        assert not ledger.posts_to_analyze(1)
        assert not ledger.mentions_to_route(1)
        assert not ledger.documents_to_index(1)
        assert {status.source for status in ledger.statuses()} == {"x", "reddit", "blog"}


def test_telling_runs_where_nobody_is_to_be_told(ran: Ran) -> None:
    """It needs neither addresses nor secrets."""
    assert ran.said["told"] == "success"


def test_a_second_round_finds_nothing_to_do(ran: Ran) -> None:
    """Nothing new is heard, so nothing is handed on: the tasks say so by being skipped."""
    listened, read = ran.states("listen")[1], ran.states("understand")[1]
    assert {state for task, state in listened.items() if task.startswith("hear")} == {"skipped"}
    assert set(read.values()) == {"skipped"}
