"""Claims a second: the ledger's way and the bare statement, in many short turns on the same database.

Disks and busy machines have moods of seconds in which everything takes four times as long. Turns of half
a second, each beside one of the other's, meet the same moods; sums over all of them do not hang on one.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, make_url, select

from benchmarks.claims_race import started
from earnest.ledger import Ledger
from earnest.ledger.tables import cases

TURN = 0.5
"""Seconds of one turn."""
BETWEEN = 0.05
"""Seconds after a turn in which what was begun in it may end."""
WAYS = ("bare", "ledger", "at_once")
"""The bare statement in a transaction; the ledger; and, harder to reach, the bare statement as one."""
_BARE = """
UPDATE cases SET state = 'assigned', owner = {who}, lease_expires = {expires},
       epoch = epoch + 1, version = version + 1
WHERE id = (
    SELECT id FROM cases WHERE state = 'new' AND NOT EXISTS (
        SELECT 1 FROM case_skill WHERE case_skill.case_id = cases.id)
    ORDER BY priority DESC, waiting_since, id LIMIT 1 {lock})
RETURNING id, epoch, version
"""
Taking = tuple[Callable[[], Any], Callable[[], None]]
"""Takes a case, None where there is none; and lets go of the database."""


def bare(url: str, name: str, *, at_once: bool = False) -> Taking:
    """The claim's statement alone, through the driver alone, in a transaction as durable; and its end.

    at_once: on PostgreSQL without BEGIN and COMMIT, which are ways there and back of their own.
    """
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
    line = psycopg.connect(plain, autocommit=at_once)
    worded = _BARE.format(who="%s", expires="%s", lock="FOR UPDATE SKIP LOCKED").encode()

    def take_there() -> Any:
        row = line.execute(worded, (name, expires)).fetchone()
        if not at_once:
            line.commit()
        return row

    return take_there, line.close


def by_ledger(url: str, name: str) -> Taking:
    """`Ledger.claim_next`, and its end."""
    ledger = Ledger.open(url)
    return lambda: ledger.claim_next(name, lease_minutes=60), ledger.close


def turns(url: str, name: str, begin: float, count: int) -> list[tuple[int, float]]:
    """Claim by turns from `begin` on, `count` turns of each way; claims and CPU seconds of every turn."""
    made = bare(url, name), by_ledger(url, name), bare(url, name, at_once=True)
    ways = dict(zip(WAYS, made, strict=True))
    told = []
    try:
        for take, _ in ways.values():
            for _ in range(8):  # until the driver has it prepared
                take()
        for turn, how in enumerate(order(count)):
            take = ways[how][0]
            start = begin + turn * (TURN + BETWEEN)
            while time.time() < start:  # everybody begins together
                time.sleep(0.001)
            claims, spent = 0, time.process_time()
            while time.time() < start + TURN and take() is not None:
                claims += 1
            told.append((claims, time.process_time() - spent))
    finally:
        for _, end in ways.values():
            end()
    return told


def order(count: int) -> list[str]:
    """The ways, and back again: what gets slower or faster meanwhile does so for all."""
    return [how for turn in range(count) for how in (WAYS if turn % 2 == 0 else WAYS[::-1])]


def ratio(url: str, processes: int, count: int) -> dict[str, Any]:
    """Claims a second of both and their ratio, with its spread over `count` pairs of turns."""
    begin = time.time() + 2.0 + 0.5 * processes
    if processes == 1:
        told = [turns(url, "r0", begin, count)]
    else:
        told = started([(turns, (url, f"r{n}", begin, count)) for n in range(processes)])
    claims: dict[str, list[int]] = {how: [] for how in WAYS}
    spent = dict.fromkeys(WAYS, 0.0)
    for turn, how in enumerate(order(count)):
        claims[how].append(sum(one[turn][0] for one in told))
        spent[how] += sum(one[turn][1] for one in told)
    sums = {how: sum(values) for how, values in claims.items()}
    pairs = [one / other for one, other in zip(claims["ledger"], claims["bare"], strict=True) if other]
    return {
        "database": "PostgreSQL" if url.startswith("postgresql") else "SQLite",
        "processes": processes,
        "claims_per_second": {how: round(value / count / TURN, 1) for how, value in sums.items()},
        "client_cpu_ms_per_claim": {how: round(1000 * spent[how] / max(1, sums[how]), 3) for how in WAYS},
        "ratio": round(sums["ledger"] / max(1, sums["bare"]), 3),
        "median_ratio": round(statistics.median(pairs), 3),
        "quartiles": [round(value, 3) for value in statistics.quantiles(pairs, n=4)[::2]],
        "ratio_to_at_once": round(sums["ledger"] / max(1, sums["at_once"]), 3),
        "turns": count,
        "free_at_the_end": free(url),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def free(url: str) -> int:
    """How many cases can be claimed."""
    with Ledger.open(url) as ledger, ledger.database.read() as conn:
        return conn.scalar(select(func.count()).where(cases.c.state == "new")) or 0
