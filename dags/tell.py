"""Tell: every minute, tell people and other systems what waits for them in the outbox.

What does not arrive is tried again by later runs, as the outbox says; only what a person must mend
fails the run: an address or secret that is missing, or a receiver that was given up. The folder of the
configuration comes from EARNEST_CONFIG, addresses and secrets from the environment, the minutes
between two runs from EARNEST_TELL_MINUTES (1).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

MINUTES = float(os.environ.get("EARNEST_TELL_MINUTES", "1"))


@dag(
    dag_id="tell",
    schedule=timedelta(minutes=MINUTES),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # the outbox knows what was told; there is nothing to catch up
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=1),
        "execution_timeout": timedelta(minutes=15),
    },
    tags=["earnest"],
    doc_md=__doc__,
)
def tell() -> None:
    """tell, one task: receivers are told one after another, none waits for another's mend."""

    @task
    def tell() -> dict[str, int]:
        import logging

        from airflow.sdk.exceptions import AirflowFailException

        from earnest.jobs import tell as tell_everybody

        said = tell_everybody()
        for problem in said.problems:
            logging.getLogger(__name__).warning("%s", problem)
        if said.hopeless:
            raise AirflowFailException(f"somebody must look: {said.hopeless[0]}")
        return {"told": said.told}

    tell()


tell()
