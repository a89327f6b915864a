"""Route: whenever there are new mentions, decide who gets them, open their cases, and feed search.

The work is cut into EARNEST_SHARDS parts (2), one task each; a part takes what nobody has decided.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, TriggerRule, dag, task

MENTIONS = Asset("earnest-mentions")
SHARDS = int(os.environ.get("EARNEST_SHARDS", "2"))


@dag(
    dag_id="route",
    schedule=[MENTIONS],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(minutes=30),
    },
    tags=["earnest"],
    doc_md=__doc__,
)
def route() -> None:
    """decide (one task a shard) → index."""

    @task
    def decide(shard: int) -> dict[str, int]:
        from dataclasses import asdict

        from earnest.jobs import route_shard

        return asdict(route_shard(shard, SHARDS))

    # What the other shards decided belongs into search, whatever became of one of them.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def index() -> int:
        from earnest.jobs import index as feed_search

        return feed_search()

    decide.expand(shard=list(range(SHARDS))) >> index()


route()
