"""`earnest demo`, as a person runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from earnest.ledger import Ledger

START_SECONDS = 90.0  # generous: the machine may be busy with other tests
PROGRAM = "from pathlib import Path; from earnest.demo.run import main; main(0, var=Path({var!r}))"


@contextmanager
def demo(var: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A demo in a process of its own, and what it has printed up to the address of the desk."""
    environment = {**os.environ, "EARNEST_DATABASE": "sqlite:////nowhere/of-the-demo"}
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM.format(var=str(var))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    patience = threading.Timer(START_SECONDS, process.kill)
    patience.start()
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("The desk: "):
                break
        yield process, lines
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_opens_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """The address comes last and answers; a signal ends it with 0, in silence, and the ledger is sound."""
    with demo(tmp_path) as (process, lines):
        assert lines, process.communicate()[1]
        url = lines[-1].removeprefix("The desk: ")
        with httpx.Client(trust_env=False, timeout=20) as client:
            page = client.get(url, follow_redirects=True)
        assert page.status_code == 200
        assert "Larkspur" in page.text
        process.send_signal(number)
        _, complaints = process.communicate(timeout=60)
        assert process.returncode == 0
        assert complaints == ""
    with Ledger.open(f"sqlite:///{tmp_path / 'demo' / 'earnest.db'}") as ledger:
        assert ledger.queue().total_open > 50
        assert all(status.healthy for status in ledger.statuses())


def test_two_demos_do_not_meet(tmp_path: Path) -> None:
    """The second one takes a folder of its own."""
    with demo(tmp_path) as (_, first), demo(tmp_path) as (_, second):
        assert first[-1] != second[-1]
        assert (tmp_path / "demo" / "earnest.db").exists()
        assert (tmp_path / "demo-2" / "earnest.db").exists()
