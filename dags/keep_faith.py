"""Keep faith: every hour, ask the networks what is gone, and let go of it here.

Also erases words that may not be kept for long and that no case needs. Deadlines stand in
sources.yaml (recheck_hours, keep_hours); what is overdue is shown by `earnest status`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task


@dag(
    dag_id="keep_faith",
    schedule=timedelta(hours=1),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # deadlines are counted from when a post was last seen, not from missed runs
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(minutes=30),
    },
    tags=["earnest"],
    doc_md=__doc__,
)
def keep_faith() -> None:
    """recheck, one task: networks are asked one after another, longest ago first."""

    @task
    def recheck() -> dict[str, int]:
        from earnest.jobs import recheck as ask

        return ask()

    recheck()


keep_faith()
