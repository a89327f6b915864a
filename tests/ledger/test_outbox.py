"""What happens to cases is put into the outbox with it, and told at least once to everybody who asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.outbox import HOLD, KEEP, Message, Outbox
from earnest.ledger.tables import outbox
from earnest.ledger.wanted import Wanted
from routing.case import Action
from tests.clock import SetClock
from tests.ledger.world import BRAND, hear, open_case, post, reply, route, understand, work_off


@pytest.fixture
def box(ledger: Ledger) -> Outbox:
    """The ledger's outbox."""
    return Outbox(ledger.database)


def topics(ledger: Ledger) -> list[str]:
    """What stands in the outbox, in order."""
    with ledger.database.read() as conn:
        return list(conn.scalars(select(outbox.c.topic).order_by(outbox.c.id)))


def resolve(ledger: Ledger, case_id: int) -> None:
    """A responder closes the case."""
    version = ledger.case(case_id).case.version
    ledger.act(case_id, Action.RESOLVE, responder="ana", epoch=None, version=version)


def took(box: Outbox, target: str = "desk") -> Message:
    """The next message; there is one."""
    message = box.take(target)
    assert message is not None
    return message


def test_a_new_case_is_told(ledger: Ledger) -> None:
    """Once, however many posts follow."""
    open_case(ledger, "1")
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    assert topics(ledger) == ["opened"]


def test_a_case_that_presses_is_told_as_urgent_once(ledger: Ledger) -> None:
    """Urgency is that of the mention that speaks for the case."""
    hear(ledger, post("1"))
    understand(ledger)
    with ledger.database.write() as conn:
        conn.exec_driver_sql("UPDATE mention SET urgency = 3")
    route(ledger)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    assert topics(ledger) == ["opened", "urgent"]


def test_a_passed_due_time_is_told_once(ledger: Ledger, clock: SetClock) -> None:
    """However often somebody looks; a later due time is another one."""
    open_case(ledger)
    clock.move(days=1)
    ledger.wake()
    ledger.wake()
    assert topics(ledger) == ["opened", "overdue"]


def test_a_case_that_comes_back_is_told(ledger: Ledger, clock: SetClock) -> None:
    """It was resolved, and the person writes again."""
    resolve(ledger, open_case(ledger, "1"))
    clock.move(hours=1)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    assert topics(ledger) == ["opened", "resolved", "came_back"]


def test_taking_a_resolution_back_is_told(ledger: Ledger) -> None:
    """Who was told of the end must hear that it was none."""
    case_id = open_case(ledger)
    resolve(ledger, case_id)
    ledger.undo(case_id, responder="ana", version=ledger.case(case_id).case.version)
    assert topics(ledger) == ["opened", "resolved", "reopened"]


def test_a_withdrawn_case_is_told(ledger: Ledger) -> None:
    """Other systems must forget with us."""
    open_case(ledger)
    ledger.forget("x", "id-joe")
    assert topics(ledger) == ["opened", "withdrawn"]


def test_a_refused_write_tells_nothing(ledger: Ledger) -> None:
    """The message is in the transaction of its event."""
    case_id = open_case(ledger)
    with pytest.raises(ValueError, match="needs a reason"):
        ledger.act(case_id, Action.DISMISS, responder="ana", epoch=None, version=1)
    assert topics(ledger) == ["opened"]


def test_a_message_that_arrived_is_not_taken_again(ledger: Ledger, box: Outbox) -> None:
    """But each receiver gets its own."""
    open_case(ledger)
    message = took(box)
    box.settle("desk", message, arrived=True, said="", seconds=0.1, status=200)
    assert box.take("desk") is None
    assert took(box, "other").key == message.key


def test_a_message_is_held_while_somebody_tells_it(ledger: Ledger, box: Outbox) -> None:
    """Two passes at once do not send the same twice."""
    open_case(ledger)
    took(box)
    assert box.take("desk") is None


def test_who_dies_before_settling_leaves_the_message(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """After a while it is taken again, as the next try."""
    open_case(ledger)
    first = took(box)
    clock.now += HOLD
    second = took(box)
    assert (second.key, second.tries) == (first.key, 2)


def test_what_failed_waits_for_its_time(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """And is counted as waiting until then."""
    open_case(ledger)
    later = clock.now + timedelta(hours=1)
    box.settle("desk", took(box), arrived=False, said="busy", seconds=1, status=503, again_at=later)
    clock.move(minutes=59)
    assert box.take("desk") is None
    assert box.standings({"desk": Wanted()})[0].waiting == 1
    clock.move(minutes=1)
    assert took(box).tries == 2


def test_what_is_given_up_is_dead_until_it_is_revived(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """Nothing is lost: one command tells it all again."""
    open_case(ledger)
    box.settle("desk", took(box), arrived=False, said="gone", seconds=1, status=410)
    clock.move(days=1)
    assert box.take("desk") is None
    assert box.standings({"desk": Wanted()})[0].dead == 1
    assert box.revive("desk") == 1
    assert took(box).tries == 1


def test_a_new_receiver_is_not_told_of_the_past(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """Only of the last hour, and of what happens from then on."""
    open_case(ledger, "1")
    clock.move(hours=2)
    assert box.take("desk") is None
    open_case(ledger, "2", who="ann")
    assert box.take("desk") is not None


def test_a_receiver_hears_only_what_it_asked_for(ledger: Ledger, box: Outbox) -> None:
    """By topic."""
    resolve(ledger, open_case(ledger))
    message = box.take("desk", ["resolved"])
    assert message is not None
    assert message.topic == "resolved"
    assert box.take("desk", ["resolved"]) is None


def test_looking_takes_nothing(ledger: Ledger, box: Outbox) -> None:
    """What a dry run shows is still there."""
    open_case(ledger)
    assert [m.topic for m in box.waiting("desk")] == ["opened"]
    assert took(box).topic == "opened"


def test_every_try_is_in_the_log(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """Newest first, with what the receiver said."""
    open_case(ledger)
    box.settle("desk", took(box), arrived=False, said="busy", seconds=1, status=503, again_at=clock.now)
    box.settle("desk", took(box), arrived=True, said="", seconds=1, status=200)
    assert [(one.status, one.said) for one in box.log("desk")] == [(200, ""), (503, "busy")]


def test_old_messages_leave_once_nobody_waits_for_them(ledger: Ledger, box: Outbox, clock: SetClock) -> None:
    """Those that still must be told stay."""
    open_case(ledger)
    message = took(box)
    clock.now += KEEP + timedelta(days=1)
    assert box.prune() == 0
    box.settle("desk", message, arrived=True, said="", seconds=0.1, status=200)
    assert box.prune() == 1
    assert topics(ledger) == []


def test_the_outbox_holds_no_words(ledger: Ledger) -> None:
    """Only numbers: what is erased elsewhere need not be looked for here."""
    open_case(ledger)
    with ledger.database.read() as conn:
        row = conn.execute(select(outbox)).one()
    assert BRAND not in repr(tuple(row))
