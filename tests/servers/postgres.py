"""A real PostgreSQL, started for one test session in a folder of its own, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from earnest.ledger.tables import metadata

_ACCOUNTS = ("postgres", "nobody")  # PostgreSQL refuses to run as root


def _binaries() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not debian:
        pytest.skip("PostgreSQL is not installed here (no initdb on the PATH)")
    return debian[-1].parent


def _account() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no other account here")


class Postgres:
    """A running server. `fresh` gives the URL of a new, empty database."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user
        self._count = 0
        self.ledger = ""  # the address of the ledger that tests share, one after the other

    def url(self, name: str) -> str:
        """The address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://{self._user}@/{name}?host={self._folder}"

    def fresh(self) -> str:
        """A new, empty database."""
        self._count += 1
        name = f"earnest_{self._count}"
        self.run(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def empty(self, url: str) -> None:
        """Take every row out of a ledger, whoever is still connected; quicker than a new database."""
        name = make_url(url).database
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        # As a replica it does not look at foreign keys. TRUNCATE would make new files for every table.
        deletes = "; ".join(f"DELETE FROM {table}" for table in metadata.tables)
        self.run(f"SET session_replication_role = replica; {deletes}", database=name)

    def run(self, statement: str, database: str | None = None) -> None:
        """Run one statement as the owner of the server."""
        where = {"host": str(self._folder), "user": self._user, "dbname": database or "postgres"}
        with psycopg.connect(**where, autocommit=True) as conn:
            conn.execute(statement)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """Make a cluster, start it, and take both away at the end. durable: it outlives a power cut."""
    binaries, account = _binaries(), _account()
    folder = Path(tempfile.mkdtemp(prefix="earnest-pg-"))
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_them = {"user": account.pw_uid, "group": account.pw_gid} if os.geteuid() == 0 else {}
        data = folder / "data"
        made = subprocess.run(
            [
                binaries / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "-U",
                account.pw_name,
            ],
            capture_output=True,
            text=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            check=False,
            **as_them,
        )
        if made.returncode:
            pytest.skip(f"PostgreSQL could not be set up: {made.stderr.strip()[-200:]}")
        settings = (
            f"fsync={'on' if durable else 'off'}",
            "listen_addresses=",
            f"unix_socket_directories={folder}",
            "max_connections=80",
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, *(word for s in settings for word in ("-c", s))],
                stdout=log,
                stderr=log,
                cwd=folder,
                **as_them,
            )
        try:
            postgres = Postgres(folder, account.pw_name)
            _wait(binaries, folder, server)
            yield postgres
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(binaries: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        ready = subprocess.run(
            [binaries / "pg_isready", "-h", folder, "-t", "1"], capture_output=True, check=False
        )
        if ready.returncode == 0:
            return
        try:
            server.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.skip(f"PostgreSQL did not start: {(folder / 'log').read_text()[-300:]}")
