"""The database itself refuses what no case may be, whoever writes past the ledger."""

from __future__ import annotations

from itertools import product

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from earnest.ledger import Ledger
from earnest.ledger.tables import SYSTEM_ACTIONS
from routing.case import TRANSITIONS, Action, State
from tests.ledger.world import open_case

ILLEGAL = {
    "assigned to nobody": "UPDATE cases SET state = 'assigned'",
    "new and somebody's": "UPDATE cases SET owner = 'ann'",
    "of a state that is none": "UPDATE cases SET state = 'lost'",
    "open and yet not": "UPDATE cases SET is_open = (1 = 0)",
    "open and closed": "UPDATE cases SET closed_at = opened_at",
    "resolved and open": "UPDATE cases SET state = 'resolved'",
    "a lease on what nobody holds": "UPDATE cases SET lease_expires = opened_at",
    "asleep and awake": "UPDATE cases SET snoozed_until = opened_at",
    "merged into nothing": "UPDATE cases SET state = 'merged', is_open = (1 = 0), closed_at = opened_at",
    "part of another and not merged": "UPDATE cases SET merged_into = id",
    "beyond the most urgent": "UPDATE cases SET priority = 1001",
    "nobody's": "UPDATE cases SET person_id = 99",
    "open twice": """
        INSERT INTO cases (brand, person_id, source, conversation, state, is_open, queue, priority,
                           mention_id, opened_at, waiting_since, last_post_at)
        SELECT brand, person_id, source, conversation, 'new', is_open, queue, priority, mention_id,
               opened_at, waiting_since, last_post_at FROM cases""",
    "harsh beyond measure": "UPDATE mention SET severity = 5",
    "harsh and no complaint": "UPDATE mention SET is_complaint = (1 = 0)",
    "decided before it was there": "UPDATE mention SET decided = 9",
    "a step that leads elsewhere": "UPDATE case_event SET action = 'resolve', after_state = 'snoozed'",
    "a step that nobody knows": "UPDATE case_event SET action = 'lose'",
    "an event of no case": "UPDATE case_event SET case_id = 99",
}


def test_no_illegal_state_is_written(ledger: Ledger) -> None:
    """By raw SQL, one after the other; every one is refused."""
    open_case(ledger)
    written = []
    for what, statement in ILLEGAL.items():
        try:
            with ledger.database.write() as conn:
                conn.execute(text(statement))
        except IntegrityError:
            continue
        written.append(what)
    assert not written


def test_events_are_the_steps_of_the_machine(ledger: Ledger) -> None:
    """Of all there could be: exactly those of the table of transitions, and the system's own."""
    actions = [*(action.value for action in Action), *sorted(SYSTEM_ACTIONS), "lose"]
    every = set(product(actions, State, State))
    steps = {(a.value, start, end) for a, (starts, end) in TRANSITIONS.items() for start in starts}
    steps |= {step for step in every if step[0] in SYSTEM_ACTIONS}
    steps.add((Action.HEAR.value, State.ASSIGNED, State.ASSIGNED))
    case_id = open_case(ledger)
    rows = [{"action": a, "start": start.value, "end": end.value} for a, start, end in sorted(every)]
    with ledger.database.write() as conn:
        if ledger.database.sqlite:
            insert = """
                INSERT OR IGNORE INTO case_event
                    (case_id, at, who, action, before_state, after_state, before, after)
                VALUES (:case, '', 'raw', :action, :start, :end, '{}', '{}')"""
            conn.execute(text(insert), [row | {"case": case_id} for row in rows])
            taken = "SELECT action, before_state, after_state FROM case_event WHERE who = 'raw'"
        else:
            triples = ", ".join(f"('{r['action']}', '{r['start']}', '{r['end']}')" for r in rows)
            taken = f"SELECT * FROM (VALUES {triples}) AS t (a, b, c) WHERE case_event_step(a, b, c)"
        assert {(row[0], State(row[1]), State(row[2])) for row in conn.execute(text(taken))} == steps
