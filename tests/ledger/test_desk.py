"""Responders claim, act and take back; whoever saw an old version is told so and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.ledger import Ledger, NoSuchCase, Stale, cases
from earnest.ledger.views import Claim, QueueQuery
from nlp.mention import Severity
from routing.case import Action, IllegalTransition, State
from tests.clock import SetClock
from tests.ledger.world import decide, hear, open_case, post, reply, route, understand, work_off


def _cases(ledger: Ledger, *priorities: int, queue: str = "care") -> None:
    """Cases of these priorities, the first said first."""
    for n, priority in enumerate(priorities, start=1):
        hear(ledger, post(str(n), who=f"p{n}"))
        understand(ledger)
        route(ledger, lambda work, p=priority: decide(work, priority=p, queue=queue))


def _claim(ledger: Ledger, who: str = "ann") -> Claim:
    claim = ledger.claim_next(who)
    assert claim is not None
    return claim


def test_the_best_case_comes_first(ledger: Ledger) -> None:
    """Highest priority, then who waits longest; each once."""
    _cases(ledger, 100, 300, 200, 300)
    texts = [ledger.case(_claim(ledger, f"r{n}").case_id).case.handle for n in range(4)]
    assert texts == ["p2", "p4", "p3", "p1"]
    assert ledger.claim_next("late") is None


def test_a_claim_is_of_ones_own_queues(ledger: Ledger) -> None:
    """None of the others."""
    _cases(ledger, 100)
    assert ledger.claim_next("ann", queues=("sales",)) is None
    assert ledger.claim_next("ann", queues=("sales", "care")) is not None


def test_pages_of_the_queue_meet(ledger: Ledger) -> None:
    """Page by page is the whole list, in its order."""
    _cases(ledger, 100, 300, 200, 300, 100)
    whole = [row.case_id for row in ledger.queue().rows]
    paged, after = [], None
    while True:
        page = ledger.queue(QueueQuery(limit=2, after=after))
        paged += [row.case_id for row in page.rows]
        assert page.total_open == 5
        after = page.next
        if after is None:
            break
    assert paged == whole


def test_a_bad_bookmark_is_said(ledger: Ledger) -> None:
    """Whatever the address bar held."""
    with pytest.raises(ValueError, match="first page"):
        ledger.queue(QueueQuery(after="!"))


def test_the_queue_filters(ledger: Ledger) -> None:
    """By queue, state, owner and due time."""
    _cases(ledger, 100, 200)
    _claim(ledger)
    assert ledger.queue(QueueQuery(owner="ann")).total_open == 1
    assert ledger.queue(QueueQuery(states=(State.NEW,))).total_open == 1
    assert ledger.queue(QueueQuery(queues=("sales",))).total_open == 0
    assert ledger.queue(QueueQuery(closed=True)).total_open == 0


def test_many_closed_cases_are_not_counted_out(ledger: Ledger) -> None:
    """Up to the bound the count is exact; beyond it the page says that there are more."""
    for number, who in enumerate(("ann", "bob", "joe")):
        case_id = open_case(ledger, str(number), who=who)
        ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=None, version=1)
    wanted = QueueQuery(closed=True, severities=(Severity.ACCUSATION,), limit=1)
    far, near = (cases.queue(ledger.database, wanted, counted=counted) for counted in (3, 2))
    assert (far.total_open, far.exact, near.total_open, near.exact) == (3, True, 2, False)
    assert near.rows == far.rows


def test_a_lease_that_ran_out_frees_its_case(ledger: Ledger, clock: SetClock) -> None:
    """The next claim gets it, in a new epoch; the old responder's write is stale."""
    open_case(ledger)
    old = _claim(ledger, "ann")
    clock.move(minutes=6)
    new = _claim(ledger, "bob")
    assert (new.case_id, new.epoch) == (old.case_id, old.epoch + 1)
    with pytest.raises(Stale, match="release by earnest, take by bob"):
        ledger.act(old.case_id, Action.RESOLVE, responder="ann", epoch=old.epoch, version=old.version)


def test_a_heartbeat_keeps_the_lease(ledger: Ledger, clock: SetClock) -> None:
    """For as long as it beats; never for somebody else."""
    open_case(ledger)
    claim = _claim(ledger)
    for _ in range(3):
        clock.move(minutes=4)
        ledger.hold(claim.case_id, responder="ann", epoch=claim.epoch)
        assert ledger.claim_next("bob") is None
    with pytest.raises(Stale):
        ledger.hold(claim.case_id, responder="bob", epoch=claim.epoch)


def test_nobody_acts_on_what_another_holds(ledger: Ledger) -> None:
    """The message says who holds it and until when."""
    open_case(ledger)
    claim = _claim(ledger)
    with pytest.raises(Stale, match="ann holds this case until 12:05 UTC"):
        ledger.act(claim.case_id, Action.RESOLVE, responder="bob", epoch=None, version=claim.version)


def test_a_new_post_makes_ones_page_old(ledger: Ledger) -> None:
    """What changed is said; nothing was written."""
    case_id = open_case(ledger)
    claim = _claim(ledger)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    with pytest.raises(Stale, match="hear by earnest"):
        ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=claim.epoch, version=claim.version)
    assert ledger.case(case_id).case.state is State.ASSIGNED


def test_a_claim_of_another_epoch_is_stale(ledger: Ledger) -> None:
    """Also where the version fits."""
    open_case(ledger)
    claim = _claim(ledger)
    with pytest.raises(Stale):
        ledger.act(
            claim.case_id, Action.RESOLVE, responder="ann", epoch=claim.epoch - 1, version=claim.version
        )


def test_every_step_is_an_event(ledger: Ledger, clock: SetClock) -> None:
    """With who, when, what, before and after."""
    case_id = open_case(ledger)
    claim = _claim(ledger)
    clock.move(minutes=1)
    ledger.act(
        case_id, Action.RESOLVE, responder="ann", epoch=claim.epoch, version=claim.version, reason="fixed"
    )
    event = ledger.case(case_id).events[-1]
    assert (event.who, event.action, event.at, event.reason) == ("ann", "resolve", clock(), "fixed")
    assert (event.before_state, event.after_state) == (State.ASSIGNED, State.RESOLVED)
    assert (event.before["closed_at"], event.after["closed_at"]) == (None, clock().isoformat())


def test_what_does_not_follow_is_refused(ledger: Ledger) -> None:
    """The message says what would."""
    case_id = open_case(ledger)
    with pytest.raises(IllegalTransition, match=r"possible: .*take"):
        ledger.act(case_id, Action.REOPEN, responder="ann", epoch=None, version=1)


@pytest.mark.parametrize("action", [Action.HEAR, Action.WAKE, Action.WITHDRAW])
def test_some_steps_are_not_for_people(ledger: Ledger, action: Action) -> None:
    """They happen by what is heard, or by the clock."""
    with pytest.raises(IllegalTransition, match="not for people"):
        ledger.act(open_case(ledger), action, responder="ann", epoch=None, version=1)


@pytest.mark.parametrize(
    ("action", "needs"),
    [
        (Action.DISMISS, "reason"),
        (Action.HAND_OVER, "note"),
        (Action.SNOOZE, "time"),
        (Action.MERGE, "another case"),
    ],
)
def test_what_is_missing_is_said(ledger: Ledger, action: Action, needs: str) -> None:
    """Before anything is written."""
    case_id = open_case(ledger)
    with pytest.raises(ValueError, match=needs):
        ledger.act(case_id, action, responder="ann", epoch=None, version=1)
    assert ledger.case(case_id).case.version == 1


def test_no_case_is_said(ledger: Ledger) -> None:
    """By its number."""
    with pytest.raises(NoSuchCase, match="no case 99"):
        ledger.case(99)
    with pytest.raises(NoSuchCase):
        ledger.act(99, Action.TAKE, responder="ann", epoch=None, version=1)


def test_a_snooze_ends(ledger: Ledger, clock: SetClock) -> None:
    """At its time the case is free again."""
    case_id = open_case(ledger)
    claim = _claim(ledger)
    until = clock() + timedelta(hours=1)
    view = ledger.act(
        case_id, Action.SNOOZE, responder="ann", epoch=claim.epoch, version=claim.version, until=until
    )
    assert view.case.snoozed_until == until
    assert ledger.claim_next("bob") is None
    clock.move(hours=1)
    assert ledger.wake() == 1
    assert ledger.case(case_id).case.state is State.NEW


def test_a_hand_over_names_its_new_owner(ledger: Ledger) -> None:
    """Who has it without a lease until they act."""
    case_id = open_case(ledger)
    claim = _claim(ledger)
    view = ledger.act(
        case_id,
        Action.HAND_OVER,
        responder="ann",
        epoch=claim.epoch,
        version=claim.version,
        to="bob",
        note="your field",
    )
    assert (view.case.owner, view.case.lease_expires) == ("bob", None)
    assert view.events[-1].note == "your field"


def test_a_dismissal_is_a_label(ledger: Ledger) -> None:
    """With the model that was wrong, until it is taken back."""
    case_id = open_case(ledger)
    view = ledger.act(case_id, Action.DISMISS, responder="ann", epoch=None, version=1, reason="praise")
    assert (view.case.state, view.case.closed_reason) == (State.DISMISSED, "praise")
    assert '"label": "praise", "mention_id": "x/1/Larkspur", "model": "words"' in ledger.canonical()
    ledger.undo(case_id, responder="ann", version=view.case.version)
    assert '"undone_at": null' not in ledger.canonical()


def test_undo_puts_everything_back(ledger: Ledger) -> None:
    """State, owner, lease; with an event that says what it takes back."""
    case_id = open_case(ledger)
    claim = _claim(ledger)
    view = ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=claim.epoch, version=claim.version)
    view = ledger.undo(case_id, responder="ann", version=view.case.version)
    assert (view.case.state, view.case.owner, view.case.lease_expires) == (
        State.ASSIGNED,
        "ann",
        claim.expires_at,
    )
    assert view.events[-1].undoes == view.events[-2].id
    assert view.events[-2].undone
    view = ledger.undo(case_id, responder="ann", version=view.case.version)
    assert (view.case.state, view.case.owner) == (State.NEW, None)
    with pytest.raises(IllegalTransition, match="nothing of yours"):
        ledger.undo(case_id, responder="ann", version=view.case.version)


def test_one_takes_back_only_ones_own(ledger: Ledger) -> None:
    """And only the last thing."""
    case_id = open_case(ledger)
    view = ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=None, version=1)
    with pytest.raises(IllegalTransition):
        ledger.undo(case_id, responder="bob", version=view.case.version)
    with pytest.raises(Stale):
        ledger.undo(case_id, responder="ann", version=view.case.version - 1)


def test_undo_makes_no_second_open_case(ledger: Ledger, clock: SetClock) -> None:
    """A newer case of the person is open there."""
    case_id = open_case(ledger)
    view = ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=None, version=1)
    clock.move(days=20)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    with pytest.raises(IllegalTransition, match="newer case"):
        ledger.undo(case_id, responder="ann", version=view.case.version)


def test_only_one_persons_cases_merge(ledger: Ledger) -> None:
    """Two people's same problem is linked elsewhere, never merged."""
    first = open_case(ledger)
    hear(ledger, post("2", who="bea"))
    work_off(ledger)
    other = next(row.case_id for row in ledger.queue().rows if row.case_id != first)
    with pytest.raises(ValueError, match="one person"):
        ledger.act(first, Action.MERGE, responder="ann", epoch=None, version=1, into=other)


def test_a_note_is_free_for_all(ledger: Ledger) -> None:
    """It changes the version, not the state."""
    case_id = open_case(ledger)
    _claim(ledger)
    view = ledger.note(case_id, responder="bob", note="I know this one")
    assert (view.events[-1].note, view.case.state, view.case.version) == (
        "I know this one",
        State.ASSIGNED,
        3,
    )
    with pytest.raises(ValueError, match="words"):
        ledger.note(case_id, responder="bob", note=" ")
