"""Where the desk listens: loopback only unless people sign in, at the next free port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from earnest.desk.app import bind
from tests.desk.larkspur import Room

SERVE = """
import sys
from pathlib import Path
from earnest.desk.app import serve
from tests.desk.larkspur import Room
serve(Room(Path(sys.argv[1])).app, "127.0.0.1", 0, ready=lambda address: print(address, flush=True))
"""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "desk.example", ""])
def test_another_address_is_refused(host: str) -> None:
    """As long as nobody signs in; the message says what to use."""
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        bind(host, 0)


def test_a_busy_port_gives_way_to_the_next() -> None:
    """Two desks on one machine."""
    first = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    second = bind("localhost", port)
    try:
        assert port < second.getsockname()[1] <= port + 19
    finally:
        first.close()
        second.close()


def test_ctrl_c_ends_a_desk_with_live_pages_open(room: Room) -> None:
    """A page that waits for news does not keep the desk from ending, and nothing is said on the way."""
    room.ledger.close()
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(room.folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with httpx.stream("GET", f"{address}/live?since=0", timeout=20) as news:
            lines = news.iter_lines()
            assert next(line for line in lines if line.startswith("data:")) == 'data: {"count": 5}'
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        assert "Traceback" not in said
        assert "error" not in said.lower()
    finally:
        process.kill()
        process.wait()


def test_every_address_will_do_where_nothing_is_missing() -> None:
    """Who signs in behind TLS may be reached from elsewhere."""
    listening = bind("0.0.0.0", 0, others="")
    assert listening.getsockname()[0] == "0.0.0.0"
    listening.close()
