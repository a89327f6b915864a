"""Claims without pause: how near they come to the bare statement, and that no case is ever held twice.

    python -m benchmarks claims                      claims a second, SQLite; --postgres for the other one
    python -m benchmarks claims --processes 8        the same by 8 processes at once
    python -m benchmarks claims --total 100000 --processes 8 --kills 40 [--postgres]

Without --total: `Ledger.claim_next` against the one UPDATE … RETURNING that it stands on, by turns, on
the same database and as durable. With it: the processes claim, keep, give back, finish, forget what they
hold until its lease runs out, and write from pages that are too old, while they are killed at random; then
the events of every case are gone through. 1 where anything was held twice, lost, or overwritten.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from benchmarks.claims_race import Race, started
from benchmarks.desk_world import World, seed
from earnest.ledger import Ledger
from earnest.ledger.tables import cases, index_work

FLOOR = 0.8
_BARE = """
UPDATE cases SET state = 'assigned', owner = {who}, lease_expires = {expires},
       epoch = epoch + 1, version = version + 1
WHERE id = (
    SELECT id FROM cases WHERE state = 'new' AND NOT EXISTS (
        SELECT 1 FROM case_skill WHERE case_skill.case_id = cases.id)
    ORDER BY priority DESC, waiting_since, id LIMIT 1 {lock})
RETURNING id, epoch, version
"""


def bare(url: str, name: str) -> tuple[Callable[[], Any], Callable[[], None]]:
    """The claim's statement alone, through the driver alone, in a transaction as durable; and its end."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    if url.startswith("sqlite"):
        conn = sqlite3.connect(str(make_url(url).database), isolation_level=None, timeout=30)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-32768"):
            conn.execute(f"PRAGMA {setting}")
        statement = _BARE.format(who="?", expires="?", lock="")
        values = name, expires.isoformat(" ").removesuffix("+00:00")

        def take() -> Any:
            conn.execute("BEGIN IMMEDIATE")
            row = conn.execute(statement, values).fetchone()
            conn.execute("COMMIT")
            return row

        return take, conn.close
    import psycopg  # noqa: PLC0415 (an extra; not everyone has it)

    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    line = psycopg.connect(plain)
    worded = _BARE.format(who="%s", expires="%s", lock="FOR UPDATE SKIP LOCKED").encode()

    def take_there() -> Any:
        row = line.execute(worded, (name, expires)).fetchone()
        line.commit()
        return row

    return take_there, line.close


def by_ledger(url: str, name: str) -> tuple[Callable[[], Any], Callable[[], None]]:
    """`Ledger.claim_next`, and its end."""
    ledger = Ledger.open(url)
    return lambda: ledger.claim_next(name, lease_minutes=60), ledger.close


def _claim(url: str, name: str, how: str, until: float) -> tuple[int, float]:
    """Claim until then; how many, and in how many CPU seconds of this process."""
    take, end = (bare if how == "bare" else by_ledger)(url, name)
    try:
        take()
        while time.time() < until - ROUND:  # everybody begins together
            time.sleep(0.001)
        count, began = 0, time.process_time()
        while time.time() < until and take() is not None:
            count += 1
        return count, time.process_time() - began
    finally:
        end()


ROUND = 4.0
"""Seconds of one turn."""


def ratio(url: str, processes: int, rounds: int) -> dict[str, Any]:
    """Claims a second of both, by turns; the medians and their ratio."""
    rates: dict[str, list[float]] = {"bare": [], "ledger": []}
    spent: dict[str, list[float]] = {"bare": [], "ledger": []}
    for _ in range(rounds):
        for how, mine in rates.items():
            put_back(url)
            until = time.time() + ROUND + 1.0 + 0.5 * processes
            if processes == 1:
                told = [_claim(url, "r0", how, until)]
            else:
                told = started([(_claim, (url, f"r{n}", how, until)) for n in range(processes)])
            count = sum(one[0] for one in told)
            mine.append(count / ROUND)
            spent[how].append(1000 * sum(one[1] for one in told) / max(1, count))
    middle = {how: statistics.median(values) for how, values in rates.items()}
    return {
        "database": "PostgreSQL" if url.startswith("postgresql") else "SQLite",
        "processes": processes,
        "claims_per_second": {how: round(value, 1) for how, value in middle.items()},
        "client_cpu_ms_per_claim": {how: round(statistics.median(v), 3) for how, v in spent.items()},
        "ratio": round(middle["ledger"] / middle["bare"], 3),
        "ratios": [round(one / other, 3) for one, other in zip(rates["ledger"], rates["bare"], strict=True)],
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def put_back(url: str) -> None:
    """Every case that is held is free again."""
    with Ledger.open(url) as ledger, ledger.database.write() as conn:
        conn.execute(index_work.delete())
        free = cases.update().where(cases.c.state == "assigned")
        conn.execute(free.values(state="new", owner=None, lease_expires=None))


@contextmanager
def database(given: argparse.Namespace) -> Iterator[str]:
    """A database with the cases in it, that goes away again."""
    with ExitStack() as stack:
        if given.url:
            url = given.url
        elif given.postgres:
            from tests.servers import postgres  # noqa: PLC0415 (the tests' own; not installed)

            url = stack.enter_context(postgres.running(durable=True)).fresh()
        else:
            folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earnest-")))
            url = f"sqlite:///{folder}/claims.db"
        seed(url, World(given.cases, given.open, datetime.now(UTC)))
        yield url


def main(arguments: list[str] | None = None) -> int:
    """Measure, or race; 1 below FLOOR, and where a case was held twice, lost or overwritten."""
    parser = argparse.ArgumentParser(prog="claims", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=150_000)
    parser.add_argument("--open", type=int, default=140_000, help="of which four in five are free")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, where rates are measured")
    parser.add_argument("--total", type=int, default=0, help="race for so many claims instead")
    parser.add_argument("--kills", type=int, default=0, help="how often a process is killed in the race")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL started for this")
    parser.add_argument("--url", default="", help="another database, empty")
    parser.add_argument("--folder", type=Path, help="where the SQLite file lies: the disk decides much")
    parser.add_argument("--json", action="store_true", help="figures for programs")
    given = parser.parse_args(arguments)
    with database(given) as url:
        if given.total:
            result = Race(url, given.processes, given.total, given.kills).run()
            failed = bool(result["double_claims"] or result["lost_cases"] or result["overwritten"])
        else:
            result = ratio(url, given.processes, given.rounds)
            failed = result["ratio"] < FLOOR
    if given.json:
        print(json.dumps(result, indent=2))
    else:
        table = Table("what", "figure")
        for name, value in result.items():
            table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
        Console().print(table)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
