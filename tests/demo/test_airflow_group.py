"""Ending Airflow ends all of it."""

from __future__ import annotations

import subprocess

import psutil
import pytest

from earnest.demo.airflow import end_group


@pytest.mark.parametrize("manner", ["", 'trap "" TERM;'])
def test_the_whole_group_ends(manner: str) -> None:
    """Children too, and those that will not listen."""
    group = subprocess.Popen(
        ["/bin/sh", "-c", f"{manner} sleep 300 & sleep 301 & echo ready; wait"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert group.stdout is not None
    with group.stdout:
        assert group.stdout.readline() == b"ready\n"
        children = psutil.Process(group.pid).children(recursive=True)
        end_group(group, grace=0.5)
    assert len(children) == 2
    assert group.returncode is not None
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
