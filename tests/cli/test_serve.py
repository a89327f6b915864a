"""`earnest serve`: an open desk until Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen

import httpx

from tests.cli.terminal import Terminal


@contextmanager
def serving(terminal: Terminal, *arguments: str) -> Iterator[tuple[str, Popen[str]]]:
    """The desk in a process of its own, with its address."""
    command = [sys.executable, "-m", "earnest", "serve", "-c", terminal.config(), *arguments]
    with Popen(command, stdout=PIPE, stderr=PIPE, text=True, cwd=terminal.folder) as desk:
        try:
            assert desk.stdout is not None
            line = desk.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line
            yield found[0], desk
        finally:
            desk.kill()


def test_the_desk_opens_and_ctrl_c_ends_it(terminal: Terminal) -> None:
    """The address is printed once the page answers there; Ctrl-C ends it without a word of complaint."""
    with serving(terminal, "--port", "0") as (address, desk):
        assert httpx.get(address).status_code == 200
        desk.send_signal(signal.SIGINT)
        _, told = desk.communicate(timeout=30)
    assert "Traceback" not in told
    assert desk.returncode in {0, 130}


def test_a_busy_port_gives_way_to_the_next(terminal: Terminal) -> None:
    """Somebody else has the port: the desk opens beside it and says where."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(terminal, "--port", str(port)) as (address, _):
            assert not address.endswith(f":{port}")
            assert httpx.get(address).status_code == 200
