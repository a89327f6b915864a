"""Who else has the same problem: how long it takes to find at a million cases, and what the words cost.

The desk's made-up years (`desk_world`) with the words of every case kept, and a burst of reports about one
street on the last day. Printed: the time of `elsewhere` and of the whole case beside it, for open cases and
for those of the burst, by the clock and in processor time (on a busy machine only the second says much);
and the bytes and the write time that the words cost per case.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from statistics import quantiles

from benchmarks.desk_world import AT_ONCE, BRAND, World, seed
from earnest.ledger import Ledger
from earnest.ledger.case_words import ANY, key, minute, telling
from earnest.ledger.elsewhere import elsewhere

BURST = 400  # cases of the last day that tell of one street


def main() -> None:
    """Make the world, keep the words, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=50_000)
    parser.add_argument("--looks", type=int, default=200, help="cases looked at")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        url = f"sqlite:///{file}"
        now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
        seed(url, World(asked.cases, asked.open, now))
        before = file.stat().st_size
        took = _keep_words(file, asked.cases)
        grown = file.stat().st_size - before
        print(f"{asked.cases:,} cases: the words take {grown / asked.cases:.0f} bytes a case")
        print(f"and {1e6 * took / asked.cases:.0f} µs a case to make and to write in bulk")
        with Ledger.open(url, clock=lambda: now) as ledger:
            step = max(1, asked.open // asked.looks)
            open_ones = list(range(asked.cases - BURST, asked.cases - asked.open * 9 // 10, -step))[
                : asked.looks
            ]
            burst = list(range(asked.cases, asked.cases - BURST, -max(1, BURST // asked.looks)))
            for name, numbers in (("open cases", open_ones), ("of the burst", burst)):
                _measure(ledger, name, numbers)


def _measure(ledger: Ledger, name: str, numbers: list[int]) -> None:
    linked = 0

    def look(number: int) -> None:
        nonlocal linked
        linked += elsewhere(ledger.database, number) is not None

    for what, do in (("elsewhere", look), ("the case", ledger.case)):
        by_clock, busy = [], []
        for number in numbers:
            began, worked = time.perf_counter(), time.process_time()
            do(number)
            busy.append(time.process_time() - worked)
            by_clock.append(time.perf_counter() - began)
        for said, times in (("by the clock", by_clock), ("processor", busy)):
            cut = quantiles(times, n=20)
            print(f"{name}, {what}, {said}: p50 {1e3 * cut[9]:.1f} ms, p95 {1e3 * cut[18]:.1f} ms")
    print(f"{name}: {linked} of {len(numbers)} have somebody else with the same problem")


def _keep_words(file: Path, cases: int) -> float:
    """Write the words as the ledger would; the seconds it took."""
    conn = sqlite3.connect(file)
    try:
        conn.execute("PRAGMA synchronous=OFF")
        conn.execute("PRAGMA cache_size=-500000")
        street = "Larkspur fibre dead in Ashby Road, cabinet {} hums"
        burst = [(street.format(n), n) for n in range(cases - BURST + 1, cases + 1)]
        conn.executemany("UPDATE post SET text = ? WHERE id = ?", burst)
        conn.execute("UPDATE mention SET topics = '[\"outage\"]' WHERE id > ?", (cases - BURST,))
        began = time.perf_counter()
        said = "SELECT m.case_id, m.posted_at, p.text FROM mention m JOIN post p ON p.id = m.post_id"
        rows = _rows(conn.execute(f"{said} WHERE m.id <= ? ORDER BY m.id", (cases,)))
        write = conn.cursor()
        while some := list(islice(rows, AT_ONCE)):
            write.executemany(
                "INSERT OR IGNORE INTO case_word (word, minute, case_id) VALUES (?, ?, ?)", some
            )
        conn.commit()
        took = time.perf_counter() - began
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return took
    finally:
        conn.close()


def _rows(cases: sqlite3.Cursor) -> Iterator[tuple[int, int, int]]:
    for case, posted_at, text in cases:
        when = minute(datetime.fromisoformat(posted_at).replace(tzinfo=UTC))
        for word in (ANY, *telling("", text, BRAND)):
            yield _key(word), when, case


@cache
def _key(word: str) -> int:
    return key(BRAND, word)


if __name__ == "__main__":
    main()
