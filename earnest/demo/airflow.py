"""`earnest airflow`: Airflow standalone with the DAGs, on the made-up world.

Everything lies in var/airflow. Airflow runs in a process group of its own, because a signal to
`airflow standalone` alone leaves its children behind; ending the group ends them all.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import httpx
import typer

from earnest.demo.folder import write_config
from earnest.demo.home import fresh_folder
from earnest.demo.run import PROJECT
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from listeners.listener import utcnow

_PATIENCE = 180.0  # seconds until Airflow must answer; half a minute is usual
_GRACE = 8.0  # seconds between asking the group to end and ending it
_SPEED = 0.4  # Airflow takes a minute for what the demo does in two seconds


class NoAirflow(Exception):
    """Airflow is not there, or did not start; the message says what to do."""


def main(port: int = 8080, *, config: Path = PROJECT / "config", var: Path | None = None) -> None:
    """Run Airflow until Ctrl-C or SIGTERM. port: the next free one if it is busy.

    Raises NoAirflow.
    """
    if importlib.util.find_spec("airflow") is None:
        raise NoAirflow("Airflow is not installed here; `make airflow` installs and starts it")
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = [(one, signal.signal(one, end)) for one in (signal.SIGINT, signal.SIGTERM)]
    try:
        with (
            fresh_folder(var or config.resolve().parent / "var", "airflow") as home,
            WorldServer(World.open(utcnow(), speed=_SPEED)) as world,
        ):
            folder = write_config(world, template=config, home=home)
            _run(home, folder, _free_port(port), ended)
    finally:
        for one, handler in before:
            signal.signal(one, handler)


def _run(home: Path, folder: Path, port: int, ended: threading.Event) -> None:
    url = f"http://127.0.0.1:{port}"
    log = home / "airflow.log"
    typer.echo(f"Airflow starts, which takes about half a minute; its words go to {log}")
    with log.open("wb") as words:
        group = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env={**_inherited(), **_environment(home, folder, port)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if _answers(url, group, ended):
                typer.echo("The DAGs listen, understand and route run on the made-up world, each minute.")
                typer.echo(f"The cases they bring: earnest serve --config {folder}")
                typer.echo(
                    "No sign-in: everyone on this machine is an admin, nobody else gets in. Ctrl-C ends it."
                )
                typer.echo(f"Airflow: {url}")
            while not ended.wait(0.5):
                if group.poll() is not None:
                    raise NoAirflow(
                        f"Airflow ended by itself ({group.returncode}); its last words are in {log}"
                    )
        finally:
            end_group(group)


def _inherited() -> dict[str, str]:
    """This process's environment without what would lead Airflow or the ledger elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "EARNEST_"))}


def _environment(home: Path, folder: Path, port: int) -> Mapping[str, str]:
    """What makes Airflow small, local and about this world."""
    return {
        **SECRETS,
        "EARNEST_CONFIG": str(folder),
        "EARNEST_LISTEN_MINUTES": "1",
        # Airflow starts its parts by the name `airflow`.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(_free_port(0)),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(_free_port(0)),
        # A proxy has no way to this machine's own ports.
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _answers(url: str, group: subprocess.Popen[bytes], ended: threading.Event) -> bool:
    """Wait until Airflow answers; False where it was ended first. Raises NoAirflow."""
    began = time.monotonic()
    with httpx.Client(trust_env=False, timeout=5) as client:
        while not ended.wait(0.5) and group.poll() is None:
            try:
                if client.get(f"{url}/api/v2/monitor/health").status_code == 200:
                    return True
            except httpx.HTTPError:
                pass  # not listening yet
            if time.monotonic() - began > _PATIENCE:
                raise NoAirflow("Airflow did not answer within three minutes; see its log")
    return False


def end_group(group: subprocess.Popen[bytes], *, grace: float = _GRACE) -> None:
    """End every process of the group that `group` leads; what is left after `grace` seconds is killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _alive(group.pid):
            break
        os.killpg(group.pid, number)
        until = time.monotonic() + grace
        while _alive(group.pid) and time.monotonic() < until:
            group.poll()  # so that the group's leader does not stay as a zombie
            time.sleep(0.1)
    group.wait()


def _alive(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _free_port(wanted: int) -> int:
    """`wanted` or the next free port of the 20 after it; 0 picks any."""
    for port in range(wanted, wanted + 20 if wanted else 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NoAirflow(f"ports {wanted} to {wanted + 19} are all in use; name another with --port")
