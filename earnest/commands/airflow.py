"""`earnest airflow`: the DAGs in Airflow, on the made-up world."""

from __future__ import annotations

from typing import Annotated

import typer

from earnest.commands.common import example, fail

EXAMPLES = example("earnest airflow", "earnest airflow --port 8090")


def airflow(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Airflow's port; the next free one if it is busy.")
    ] = 8080,
) -> None:
    """Start Airflow standalone with the DAGs, against the made-up world of the demo. Ctrl-C ends it all."""
    from earnest.demo.airflow import NoAirflow, main

    try:
        main(port)
    except NoAirflow as error:
        fail(str(error))
