"""Listen: every few minutes, each configured source in a task of its own.

The folder of the configuration comes from EARNEST_CONFIG, the networks' keys from the environment,
the minutes between two runs from EARNEST_LISTEN_MINUTES (5).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, dag, task

POSTS = Asset("earnest-posts")
MINUTES = float(os.environ.get("EARNEST_LISTEN_MINUTES", "5"))


@dag(
    dag_id="listen",
    schedule=timedelta(minutes=MINUTES),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # the cursors in the ledger know where to go on; there is nothing to catch up
    max_active_runs=1,
    default_args={
        # Short, as a run waits for its retries and the next run asks again anyway.
        "retries": 2,
        "retry_delay": timedelta(seconds=5),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(minutes=10),
    },
    tags=["earnest"],
    doc_md=__doc__,
)
def listen() -> None:
    """sources → hear (one task a source) → the asset of posts."""

    @task
    def sources() -> list[str]:
        from earnest.jobs import source_names

        return source_names()

    @task(outlets=[POSTS], map_index_template="{{ source_name }}")
    def hear(source: str) -> dict[str, int]:
        import logging

        from airflow.sdk import get_current_context
        from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

        from earnest.jobs import listen_to

        get_current_context()["source_name"] = source
        heard = listen_to(source)
        for failure in heard.failures:
            logging.getLogger(__name__).warning("%s", failure)
        if heard.hopeless:
            raise AirflowFailException(f"{source} needs a person: {heard.failures[0]}")
        if heard.failed:
            raise AirflowException(f"{source} could not be heard: {heard.failures[0]}")
        if not heard.waiting:
            raise AirflowSkipException("nothing new to understand")
        return {"new": heard.new}

    hear.expand(source=sources())


listen()
