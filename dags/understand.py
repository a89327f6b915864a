"""Understand: whenever posts were heard, find the brands in them and judge the complaints.

The work is cut into EARNEST_SHARDS parts (2), one task each; a part takes what nobody has understood.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, dag, task

POSTS = Asset("earnest-posts")
MENTIONS = Asset("earnest-mentions")
SHARDS = int(os.environ.get("EARNEST_SHARDS", "2"))


@dag(
    dag_id="understand",
    schedule=[POSTS],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # posts heard meanwhile are understood by the run after
    default_args={
        "retries": 3,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(hours=1),
    },
    tags=["earnest"],
    doc_md=__doc__,
)
def understand() -> None:
    """read (one task a shard) → the asset of mentions."""

    @task(outlets=[MENTIONS])
    def read(shard: int) -> dict[str, int]:
        from airflow.sdk.exceptions import AirflowSkipException

        from earnest.jobs import understand_shard

        understood = understand_shard(shard, SHARDS)
        if not understood.waiting:
            raise AirflowSkipException(f"{understood.posts} posts understood, nothing to route")
        return {"posts": understood.posts, "mentions": understood.mentions}

    read.expand(shard=list(range(SHARDS)))


understand()
