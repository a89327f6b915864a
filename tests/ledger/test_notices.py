"""What people at the desk are told beside events of cases stands in the outbox too, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.notices import AGAIN_AFTER, announce_digest, announce_sources
from earnest.ledger.outbox import Outbox
from earnest.ledger.tables import outbox
from earnest.ledger.wanted import Wanted
from routing.case import Action
from routing.rules import Fuse
from tests.clock import SetClock
from tests.ledger.world import decide, hear, open_case, post, understand


def held(ledger: Ledger, *topics: str) -> list[tuple[str, int | None, str]]:
    """What stands in the outbox of these topics: topic, case and what it is about."""
    wanted = select(outbox.c.topic, outbox.c.case_id, outbox.c.about).where(outbox.c.topic.in_(topics))
    with ledger.database.read() as conn:
        return [tuple(row) for row in conn.execute(wanted.order_by(outbox.c.id))]


def test_a_hand_over_is_told_to_its_colleague(ledger: Ledger) -> None:
    """With the step, once; whoever handed it over knows."""
    case_id = open_case(ledger)
    ledger.act(
        case_id, Action.HAND_OVER, responder="Ana", epoch=None, version=1, to="Tom Reed", note="yours?"
    )
    assert held(ledger, "handed_over", "called") == [("handed_over", case_id, "tomreed")]


def test_a_note_that_calls_is_told(ledger: Ledger) -> None:
    """To everybody it calls."""
    case_id = open_case(ledger)
    ledger.note(case_id, responder="Ana", note="@TomReed and @Priya, have you seen this?")
    assert held(ledger, "called") == [("called", case_id, "tomreed"), ("called", case_id, "priya")]


def test_a_blown_fuse_is_told_once(ledger: Ledger) -> None:
    """By the name of the rule, however much it holds."""
    for number in range(4):
        hear(ledger, post(str(number), f"Larkspur is down in street {number}", f"who{number}"))
    understand(ledger)
    fuse = Fuse(cases=1, within=timedelta(hours=1))
    while works := ledger.mentions_to_route():
        ledger.record_decisions([(work, decide(work)) for work in works], fuse_of=lambda rule: fuse)
    assert held(ledger, "fuse") == [("fuse", None, "complaint")]


def test_a_source_that_goes_deaf_is_told_and_when_it_is_heard_again(ledger: Ledger, clock: SetClock) -> None:
    """Each once, however often somebody looks."""
    for _ in range(2):
        announce_sources(ledger.database, ["blogs"], ["x"])
    clock.move(hours=2)
    for _ in range(2):
        announce_sources(ledger.database, [], ["blogs", "x"])
    clock.move(hours=2)
    announce_sources(ledger.database, ["blogs"], ["x"])
    assert held(ledger, "deaf", "heard_again") == [
        ("deaf", None, "blogs"), ("heard_again", None, "blogs"), ("deaf", None, "blogs"),
    ]  # fmt: skip


def test_a_source_that_comes_and_goes_is_no_alarm_bell(ledger: Ledger, clock: SetClock) -> None:
    """Within the hour it is told once."""
    for _ in range(5):
        announce_sources(ledger.database, ["blogs"], [])
        clock.now += AGAIN_AFTER / 10
        announce_sources(ledger.database, [], ["blogs"])
    assert [topic for topic, _, _ in held(ledger, "deaf", "heard_again")] == ["deaf", "heard_again"]


def test_a_digest_is_told_to_its_receiver_once(ledger: Ledger, clock: SetClock) -> None:
    """Two passes at the same hour are one digest, and nobody else gets it."""
    for _ in range(2):
        announce_digest(ledger.database, "leads", clock.now)
    box = Outbox(ledger.database)
    assert [m.topic for m in box.waiting("leads", Wanted(digest="leads"))] == ["digest"]
    assert box.waiting("others", Wanted(digest="others")) == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(queues=("care",)), True),
        (Wanted(queues=("safety",)), False),
        (Wanted(severity=3), True),
        (Wanted(severity=4), False),
        (Wanted(urgency=1), False),
        (Wanted(topics=("handed_over",)), False),
    ],
)
def test_only_the_cases_that_were_asked_for(ledger: Ledger, wanted: Wanted, told: bool) -> None:
    """By queue, severity and urgency; the case of this test is in care, with severity 3."""
    open_case(ledger)
    assert bool(Outbox(ledger.database).take_some("leads", wanted, most=5)) is told


def test_only_the_colleagues_that_were_asked_for(ledger: Ledger) -> None:
    """A name is written as people write it."""
    case_id = open_case(ledger)
    ledger.note(case_id, responder="Ana", note="@TomReed please")
    box = Outbox(ledger.database)
    assert box.waiting("tom", Wanted(("called",), colleagues=("Tom Reed",)))
    assert not box.waiting("priya", Wanted(("called",), colleagues=("Priya",)))


def test_what_may_not_be_told_at_this_hour_waits(ledger: Ledger) -> None:
    """And comes first, later."""
    case_id = open_case(ledger)
    ledger.note(case_id, responder="Ana", note="@Tom please")
    box, wanted = Outbox(ledger.database), Wanted()
    assert [m.topic for m in box.take_some("desk", wanted, most=5, only=["called"])] == ["called"]
    assert [m.topic for m in box.take_some("desk", wanted, most=5)] == ["opened"]


def test_a_receiver_that_fails_is_told_of_since_when(ledger: Ledger, clock: SetClock) -> None:
    """From the first try that failed after the last that arrived, with what the latest met."""
    open_case(ledger)
    box = Outbox(ledger.database)
    for said in ("busy", "gone"):
        message = box.take("desk")
        assert message is not None
        box.settle("desk", message, arrived=False, said=said, seconds=1, again_at=clock.now)
        clock.move(minutes=5)
    (standing,) = box.standings({"desk": Wanted()})
    assert standing.said == "gone"
    assert standing.failing_since == clock.now - timedelta(minutes=10)
    message = box.take("desk")
    assert message is not None
    box.settle("desk", message, arrived=True, said="", seconds=1)
    (standing,) = box.standings({"desk": Wanted()})
    assert (standing.failing_since, standing.said, standing.delivered_at) == (None, "", clock.now)
