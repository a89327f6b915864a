"""When an answer is owed, as the ledger keeps it: it stands while we wait for the person."""

from __future__ import annotations

from datetime import timedelta

from earnest.ledger import Ledger
from routing.case import Action
from tests.clock import SetClock
from tests.ledger.world import at, decide, hear, open_case, post, reply, route, understand, work_off

HOUR = timedelta(hours=1)


def _do(ledger: Ledger, case_id: int, action: Action, **more: str) -> None:
    version = ledger.case(case_id).case.version
    ledger.act(case_id, action, responder="ann", epoch=None, version=version, **more)


def _fresh(ledger: Ledger, clock: SetClock) -> int:
    """A case due in four hours from now."""
    hear(ledger, post("1", created_at=clock()))
    work_off(ledger)
    return ledger.queue().rows[0].case_id


def test_the_clock_stands_while_we_wait_for_the_person(ledger: Ledger, clock: SetClock) -> None:
    """Three hours were left; two days later three hours are left."""
    case_id = _fresh(ledger, clock)
    clock.move(hours=1)
    _do(ledger, case_id, Action.WAIT_PERSON)
    row = ledger.case(case_id).case
    assert (row.due, row.due_left) == (None, 180)
    clock.move(days=2)
    _do(ledger, case_id, Action.RELEASE)
    row = ledger.case(case_id).case
    assert (row.due, row.due_left) == (clock() + 3 * HOUR, None)


def test_undo_puts_the_clock_back(ledger: Ledger, clock: SetClock) -> None:
    """With everything else."""
    case_id = _fresh(ledger, clock)
    before = ledger.case(case_id).case.due
    _do(ledger, case_id, Action.WAIT_PERSON)
    ledger.undo(case_id, responder="ann", version=ledger.case(case_id).case.version)
    row = ledger.case(case_id).case
    assert (row.due, row.due_left) == (before, None)


def test_waiting_inside_stops_no_clock(ledger: Ledger, clock: SetClock) -> None:
    """The person still waits for us."""
    case_id = _fresh(ledger, clock)
    before = ledger.case(case_id).case.due
    _do(ledger, case_id, Action.WAIT_INSIDE)
    assert ledger.case(case_id).case.due == before


def test_the_persons_word_ends_the_pause(ledger: Ledger, clock: SetClock) -> None:
    """The next answer is owed from then on."""
    case_id = _fresh(ledger, clock)
    _do(ledger, case_id, Action.WAIT_PERSON)
    said = clock.move(days=1)
    hear(ledger, reply("2", "1", created_at=said))
    understand(ledger)
    route(ledger, lambda work: decide(work, next_due=said + 2 * HOUR))
    row = ledger.case(case_id).case
    assert (row.due, row.due_left, row.waiting_since) == (said + 2 * HOUR, None, said)


def test_a_thank_you_ends_the_pause_with_what_was_left(ledger: Ledger, clock: SetClock) -> None:
    """Somebody looks at it; nobody owes a new answer."""
    case_id = _fresh(ledger, clock)
    _do(ledger, case_id, Action.WAIT_PERSON)
    said = clock.move(days=1)
    hear(ledger, reply("2", "1", "Larkspur works, thanks", created_at=said))
    work_off(ledger)
    assert ledger.case(case_id).case.due == said + 4 * HOUR


def test_the_brands_answer_stops_the_clock(ledger: Ledger) -> None:
    """Until the person speaks again: then they wait since then."""
    case_id = open_case(ledger)
    hear(ledger, reply("5", "1", "Sorry! We look into it.", who="LarkspurHelp"))
    work_off(ledger)
    assert ledger.case(case_id).case.due is None
    hear(ledger, reply("9", "5"))
    work_off(ledger)
    row = ledger.case(case_id).case
    assert (row.due, row.waiting_since) == (at(9) + 4 * HOUR, at(9))


def test_an_answer_to_one_is_no_answer_to_the_others(ledger: Ledger) -> None:
    """Two people complain in one conversation; the brand answers the first."""
    hear(ledger, post("1"), reply("2", "1", who="bea"))
    work_off(ledger)
    hear(ledger, reply("5", "1", "Sorry, Joe!", who="LarkspurHelp"))
    work_off(ledger)
    dues = {row.handle: row.due for row in ledger.queue().rows}
    assert dues == {"joe": None, "bea": at(2) + 4 * HOUR}


def test_an_answer_heard_late_does_not_answer_what_was_said_after_it(ledger: Ledger) -> None:
    """The second post waits since it was written."""
    case_id = open_case(ledger)
    hear(ledger, reply("9", "1"))
    work_off(ledger)
    hear(ledger, reply("5", "1", "Sorry!", who="LarkspurHelp"))
    work_off(ledger)
    due = ledger.case(case_id).case.due
    assert due is not None
    assert due > at(9)


def test_nothing_is_owed_on_a_closed_case(ledger: Ledger, clock: SetClock) -> None:
    """Opened again by people, the next answer is."""
    case_id = open_case(ledger)
    _do(ledger, case_id, Action.RESOLVE)
    assert ledger.case(case_id).case.due is None
    _do(ledger, case_id, Action.REOPEN)
    due = ledger.case(case_id).case.due
    assert due is not None
    assert due > clock()
