"""Processes that claim side by side and are killed in the middle; what they were told, and what is true."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from typing import Any

from sqlalchemy import or_, select

from earnest.ledger import Ledger, Stale, desk
from earnest.ledger.history import SYSTEM
from earnest.ledger.tables import case_events, cases
from earnest.ledger.views import Claim
from listeners.listener import utcnow
from routing.case import Action, State

FORKED = multiprocessing.get_context("forkserver")
# a fresh start takes seconds
FORKED.set_forkserver_preload(["__main__", "benchmarks.claims", "benchmarks.claims_rate"])
ENDED = (State.NEW.value, State.RESOLVED.value)
"""A case that is neither must be held until a known time: then it is not lost."""
SURE = timedelta(seconds=1)  # beyond the end of a lease: somebody else has taken the case by then
LEASE, KEPT = 1.0 / 60, 60.0  # minutes: whoever forgets a case loses it soon
FORGETS, LATE, WRITES, FINISHES = 0.03, 0.03, 0.2, 0.05
"""Dice. Below FORGETS a claim is forgotten; above WRITES it is kept to the end; between the two it is given
back, finished (the last FINISHES of them), or first written to from an old page (the first LATE)."""


def started(jobs: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
    """What each of these gives, each run in a process of its own at the same time."""
    running = []
    for run, values in jobs:
        here, there = FORKED.Pipe(duplex=False)
        process = FORKED.Process(target=_tell, args=(there, run, values))
        process.start()
        there.close()
        running.append((process, here))
    told = [here.recv() for _, here in running]
    for process, _ in running:
        process.join()
    return told


def _tell(told: Connection, run: Callable[..., Any], values: tuple[Any, ...]) -> None:
    told.send(run(*values))


def claimer(url: str, name: str, told: Connection, luck: int) -> None:
    """Claim for ever; tells ("claim", case, epoch), ("wrote" or "stale", case, epoch of the page)."""
    chance, forgotten = random.Random(luck), []
    with Ledger.open(url) as ledger:
        while True:
            dice = chance.random()
            claim = ledger.claim_next(name, lease_minutes=LEASE if dice < FORGETS else KEPT)
            if claim is None:
                time.sleep(0.01)
                continue
            told.send(("claim", claim.case_id, claim.epoch))
            if dice < FORGETS:
                forgotten.append(claim)
            if dice < FORGETS or dice > WRITES:
                continue
            action = Action.RESOLVE if dice > WRITES - FINISHES else Action.RELEASE
            pages = [(claim, claim.version)]
            if dice < FORGETS + LATE:
                pages.insert(0, (claim, claim.version - 1))
            if forgotten and utcnow() > forgotten[0].expires_at + SURE:
                old = forgotten.pop(0)
                pages.append((old, old.version))
            for held, version in pages:
                how = _write(ledger, name, held, version, action)
                told.send((how, held.case_id, held.epoch))


def _write(ledger: Ledger, name: str, held: Claim, version: int, action: Action) -> str:
    try:
        desk.act(ledger.database, held.case_id, action, responder=name, epoch=held.epoch, version=version)
    except Stale:
        return "stale"
    return "wrote"


class Race:
    """So many processes, until there were `total` claims; `kills` of them are killed on the way."""

    def __init__(self, url: str, processes: int, total: int, kills: int) -> None:
        """The database holds cases that nobody ever took."""
        self.url, self.total, self.kills = url, total, kills
        self.chance = random.Random(11)
        self.names = [f"r{n}" for n in range(processes)]
        self.lines: dict[Connection, tuple[str, Any]] = {}
        self.claims: Counter[tuple[int, int]] = Counter()
        self.said: Counter[str] = Counter()
        self.begun = 0

    def run(self) -> dict[str, Any]:
        """Race, then go through everything that is written down."""
        with Ledger.open(self.url) as ledger, ledger.database.read() as conn:
            free = conn.scalars(select(cases.c.id).where(cases.c.state == State.NEW.value)).all()
        for name in self.names:
            self._start(name)
        began = time.monotonic()
        marks = sorted(self.chance.randrange(self.total) for _ in range(self.kills))
        try:
            while (count := sum(self.claims.values())) < self.total:
                while marks and count >= marks[0]:
                    marks.pop(0)
                    self._kill(*self.chance.choice(list(self.lines.items())), again=True)
                for line in wait(list(self.lines), timeout=5):
                    self._hear(line)  # type: ignore[arg-type]
        finally:
            seconds = time.monotonic() - began
            for line, held in list(self.lines.items()):
                self._kill(line, held, again=False)
        return {
            "database": "PostgreSQL" if self.url.startswith("postgresql") else "SQLite",
            "processes": len(self.names),
            "killed": self.begun - len(self.names),
            "seconds": round(seconds, 1),
            "claims_told": sum(self.claims.values()),
            "claims_per_second": round(sum(self.claims.values()) / seconds, 1),
            "writes_done": self.said["wrote"],
            "stale_writes_refused": self.said["stale"],
            **self._audit(set(free)),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 2),
        }

    def _start(self, name: str) -> None:
        here, there = FORKED.Pipe(duplex=False)
        process = FORKED.Process(target=claimer, args=(self.url, name, there, self.begun), daemon=True)
        process.start()
        there.close()
        self.begun += 1
        self.lines[here] = (name, process)

    def _kill(self, line: Connection, held: tuple[str, Any], *, again: bool) -> None:
        """In the middle of whatever it does; another one takes its name. What it told before, it told."""
        name, process = held
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        while line in self.lines:
            self._hear(line)
        if again:
            self._start(name)

    def _hear(self, line: Connection) -> None:
        """Everything that one has told by now."""
        try:
            while line.poll():
                what, case_id, epoch = line.recv()
                if what == "claim":
                    self.claims[case_id, epoch] += 1
                else:
                    self.said[what] += 1
        except (EOFError, OSError, pickle.UnpicklingError):  # killed in the middle of a word
            del self.lines[line]
            line.close()

    def _audit(self, free: set[int]) -> dict[str, int]:
        """What the events say: held twice, lost, or written over by somebody who did not hold it."""
        with Ledger.open(self.url) as ledger, ledger.database.read() as conn:
            where = select(cases.c.id, cases.c.state).where(
                or_(cases.c.state.in_(ENDED), cases.c.lease_expires.is_not(None))
            )
            found = set(conn.scalars(where))
            rows = conn.execute(
                select(case_events)
                .where(case_events.c.case_id.in_(select(cases.c.id).where(cases.c.epoch > 0)))
                .order_by(case_events.c.case_id, case_events.c.id)
            )
            taken, broken = self._walked(rows)
        told_twice = sum(count - 1 for count in self.claims.values())
        return {
            "claims_written": sum(taken.values()),
            "double_claims": told_twice + sum(count - 1 for count in taken.values()),
            "claims_told_and_not_written": len(set(self.claims) - set(taken)),
            "lost_cases": len(free - found),
            "overwritten": broken,
        }

    def _walked(self, rows: Iterable[Any]) -> tuple[Counter[tuple[int, int]], int]:
        """(case, epoch) of every claim; and how many events do not follow from the one before."""
        taken: Counter[tuple[int, int]] = Counter()
        broken, last = 0, None
        for row in rows:
            if last is not None and last.case_id == row.case_id:
                follows = row.before_state == last.after_state
                if row.action != Action.TAKE.value:  # only who took it last writes, or its lease ran out
                    holds = last.action == Action.TAKE.value and row.who in {last.who, SYSTEM}
                    follows = follows and holds
                broken += not follows
            if row.action == Action.TAKE.value:
                taken[row.case_id, row.after["epoch"]] += 1
            last = row
        return taken, broken
