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

from earnest.demo.home import fresh_folder
from earnest.ledger import Ledger

START_SECONDS = 90.0  # generous: the machine may be busy with other tests
PROGRAM = "from pathlib import Path; from earnest.demo.run import main; main(0, var=Path({var!r}))"


@contextmanager
def demo(var: Path, until: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A demo in a process of its own, and the lines it has printed up to one that begins with `until`."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM.format(var=str(var))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "EARNEST_DATABASE": "sqlite:////nowhere/of-the-demo"},
    )
    patience = threading.Timer(START_SECONDS, process.kill)
    patience.start()
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith(until):
                break
        yield process, lines
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    """Send the signal: the exit code, and what was said on stderr."""
    process.send_signal(number)
    _, complaints = process.communicate(timeout=60)
    return process.returncode, complaints


def test_the_demo_opens_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    """The address comes last and answers; the end is silent with code 0, and the ledger is sound."""
    with demo(tmp_path, "The desk: ") as (process, lines):
        assert lines, process.communicate()[1]
        url = lines[-1].removeprefix("The desk: ")
        with httpx.Client(trust_env=False, timeout=20) as client:
            page = client.get(url, follow_redirects=True)
        assert page.status_code == 200
        assert "Larkspur" in page.text
        assert ended(process, signal.SIGINT) == (0, "")
    with Ledger.open(f"sqlite:///{tmp_path / 'demo' / 'earnest.db'}") as ledger:
        assert ledger.queue().total_open > 50
        assert all(status.healthy for status in ledger.statuses())


def test_a_demo_that_has_hardly_begun_ends_too(tmp_path: Path) -> None:
    """SIGTERM after the first line: nothing is open yet, nothing is said, and the code is 0."""
    with demo(tmp_path, "A small made-up world") as (process, _):
        assert ended(process, signal.SIGTERM) == (0, "")


def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second takes another; an earlier one's leftovers are wiped once it has ended."""
    with fresh_folder(tmp_path, "demo") as first, fresh_folder(tmp_path, "demo") as second:
        assert (first.name, second.name) == ("demo", "demo-2")
        (first / "left.over").touch()
    with fresh_folder(tmp_path, "demo") as again:
        assert list(again.iterdir()) == []
