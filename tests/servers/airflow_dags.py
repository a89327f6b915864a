"""Reads the DAGs and runs them as Airflow does; run in a process of its own by test_airflow.py.

Airflow warns a lot and keeps global state, which is why it does not share the tests' process. Its
home is given in the environment. The result is written as JSON to the file named as argument.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

DAGS = Path(__file__).parents[2] / "dags"


def told(dag: Any) -> dict[str, Any]:
    """What tests want to know of one DAG."""
    condition = getattr(dag.timetable, "asset_condition", None)
    assets = condition.objects if condition is not None else []
    return {
        "consumes": sorted(asset.name for asset in assets),
        "produces": sorted({asset.name for task in dag.tasks for asset in task.outlets}),
        "mapped": sorted(task.task_id for task in dag.tasks if task.is_mapped),
        "retries": {task.task_id: task.retries for task in dag.tasks},
        "exponential": all(task.retry_exponential_backoff for task in dag.tasks),
        "catchup": dag.catchup,
        "active": dag.max_active_runs,
    }


def main(answer: Path, rounds: int) -> None:
    """Read, then run listen, understand and route one after the other, `rounds` times; tell once."""
    initdb()
    bag = DagBag(dag_folder=str(DAGS))
    result: dict[str, Any] = {
        "errors": bag.import_errors,
        "seconds": {Path(stat.file).name: stat.duration.total_seconds() for stat in bag.dagbag_stats},
        "dags": {name: told(dag) for name, dag in bag.dags.items()},
        "runs": [],
    }
    for _ in range(rounds):
        for name in ("listen", "understand", "route"):
            run = bag.dags[name].test()
            states = {f"{one.task_id}[{one.map_index}]": one.state for one in run.get_task_instances()}
            result["runs"].append({"dag": name, "state": run.state, "tasks": states})
    result["told"] = bag.dags["tell"].test().state
    answer.write_text(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
