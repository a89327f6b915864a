"""Claims without pause: how near they come to the bare statement, and that no case is ever held twice.

    python -m benchmarks claims                      claims a second, SQLite; --postgres for the other one
    python -m benchmarks claims --processes 8        the same by 8 processes at once
    python -m benchmarks claims --total 100000 --processes 8 --kills 40 [--postgres]

Without --total: `Ledger.claim_next` against the one UPDATE … RETURNING that it stands on, by short turns,
on the same database and as durable; see claims_rate. With it: the processes claim, keep, give back, finish,
forget what they hold until its lease runs out, and write from pages that are too old, while they are killed
at random; then the events of every case are gone through. 1 where anything was held twice, lost, or
overwritten, or where the rate is below FLOOR of the bare statement's.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.claims_race import Race
from benchmarks.claims_rate import ratio
from benchmarks.desk_world import World, seed

FLOOR = 0.8


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
    parser.add_argument("--turns", type=int, default=40, help="of each, where rates are measured")
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
            result = ratio(url, given.processes, given.turns)
            failed = result["ratio"] < FLOOR or not result["free_at_the_end"]
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
