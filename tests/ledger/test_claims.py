"""Many processes claim without pause, some are killed: no case is ever held twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import select

from earnest.ledger import Ledger, Stale
from earnest.ledger.tables import case_events
from listeners.listener import Batch
from routing.case import Action
from tests.clock import NOON, SetClock
from tests.ledger.world import post, work_off
from tests.processes import FORKED

pytestmark = pytest.mark.timeout(300)  # several processes start; on a busy machine that takes its time

CASES = 120
WORKERS = 4


def _fill(ledger: Ledger) -> None:
    """One case each of many people."""
    posts = tuple(post(str(n), who=f"p{n}") for n in range(CASES))
    ledger.commit_batch("s", Batch({"v": 1}, posts=posts), query="q", source="x")
    assert work_off(ledger).cases_opened == CASES


def _claimer(url: str, name: str, told: Connection, deaths: int | None) -> None:
    """Claim until nothing is left; tell each claim; die by SIGKILL in the middle of claim number `deaths`."""
    with Ledger.open(url, clock=SetClock()) as ledger:
        claims = 0
        while (claim := ledger.claim_next(name)) is not None:
            told.send((claim.case_id, claim.epoch))
            claims += 1
            if claims == deaths:
                _die_within(ledger)
    told.send(None)


def _die_within(ledger: Ledger) -> None:
    """Kill this process in the middle of a claim: before its commit; where it is that, before it is told."""

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if ledger.database.sqlite:
        armed = False
        with ledger.database.bare() as raw:  # the connection that is kept for claims
            raw.set_trace_callback(lambda statement: die() if armed and statement == "COMMIT" else None)
        armed = True
    ledger.claim_next("nobody")
    die()


def _race(url: str, run: Callable[..., None], *deaths: int | None) -> list[list[tuple[int, int]]]:
    """Run claimers side by side; what each of them said before it ended or died."""
    # Forked from a server that has imported everything; from this process, threads could be cut in two.
    claimed: list[list[tuple[int, int]]] = []
    racing = []
    for n, death in enumerate(deaths):
        here, there = FORKED.Pipe(duplex=False)
        process = FORKED.Process(target=run, args=(url, f"r{n}", there, death))
        process.start()
        there.close()
        racing.append((process, here))
    for process, here in racing:
        mine: list[tuple[int, int]] = []
        while True:
            try:
                said = here.recv()
            except EOFError:
                break
            if said is None:
                break
            mine.append(said)
        claimed.append(mine)
        process.join(30)
    return claimed


def test_claims_side_by_side_meet_no_case_twice(ledger: Ledger, ledger_url: str) -> None:
    """Every case is claimed once, by one of them, in epoch one."""
    _fill(ledger)
    claimed = _race(ledger_url, _claimer, *[None] * WORKERS)
    every = [case for mine in claimed for case in mine]
    assert Counter(every) == Counter({(case_id, 1): 1 for case_id in {c for c, _ in every}})
    assert len(every) == CASES


def test_a_killed_claimer_holds_nothing_it_was_not_told(ledger: Ledger, ledger_url: str) -> None:
    """What it died over is free for the others, at once or after the lease; so is what it had told."""
    _fill(ledger)
    claimed = _race(ledger_url, _claimer, 1, 2, None, None)
    every = [case for mine in claimed for case in mine]
    died_over = 0 if ledger.database.sqlite else 2
    assert len({case_id for case_id, _ in every}) == len(every)
    assert CASES - died_over <= len(every) <= CASES
    assert len(claimed[0]) <= 1  # fewer where the others were quicker
    assert len(claimed[1]) <= 2
    with Ledger.open(ledger_url, clock=SetClock(NOON + timedelta(minutes=6))) as later:
        again = set()
        while (claim := later.claim_next("late")) is not None:
            assert claim.epoch == 2
            again.add(claim.case_id)
    assert len(again) == CASES


def _rival(url: str, name: str, told: Connection, case_id: int | None) -> None:
    """Act on one case as seen at version 1."""
    with Ledger.open(url, clock=SetClock()) as ledger:
        try:
            ledger.act(case_id or 0, Action.RESOLVE, responder=name, epoch=None, version=1)
            told.send((1, 1))
        except Stale:
            told.send((0, 0))
    told.send(None)


@pytest.mark.parametrize("attempt", range(2))
def test_of_two_who_write_one_is_stale(ledger: Ledger, ledger_url: str, attempt: int) -> None:
    """Both saw the same version; the second learns that it is old."""
    _fill(ledger)
    case_id = ledger.queue().rows[attempt].case_id
    won = _race(ledger_url, _rival, *[case_id] * 3)
    assert sorted(mine[0][0] for mine in won) == [0, 0, 1]
    with ledger.database.read() as conn:
        of_it = select(case_events).where(case_events.c.case_id == case_id)
        events = conn.execute(of_it.order_by(case_events.c.id)).all()
    assert [row.action for row in events] == ["open", "resolve"]
