"""A note calls a colleague, who sees it until they have looked."""

from __future__ import annotations

import pytest

from earnest.ledger import Ledger
from earnest.ledger.calls import called_in, calls_to, seen
from earnest.ledger.views import QueueQuery
from routing.case import Action
from tests.ledger.world import open_case


@pytest.mark.parametrize(
    ("note", "called"),
    [
        ("@Tom can you look?", ["tom"]),
        ("as @tomreed and @Ada said", ["tomreed", "ada"]),
        ("@Ada Lin knows; @ada, please", ["adalin"]),
        ("write to ada@larkspur.example or see https://x.com/@ada", []),
        ("@Ada Linde is another", ["adalinde"]),
        ("@Zoë-Ann, yours.", ["zoë-ann"]),
        ("@ nobody, @-", []),
    ],
)
def test_whom_a_note_calls(note: str, called: list[str]) -> None:
    """A known name with its spaces or without, a first name that only one has, or one word as it stands."""
    assert (
        called_in(note, ["Ada Lin", "Tom Reed", "Tom Bell", "Ada Linde"][: 1 if "Ada Lin " in note else 4])
        == called
    )


def test_a_called_colleague_sees_it_until_they_look(ledger: Ledger) -> None:
    """In their view of the queue, with the words; nobody else does."""
    case_id = open_case(ledger)
    ledger.note(case_id, responder="Ann", note="@TomReed do you know this street?")
    assert [(c.case_id, c.who, c.note) for c in calls_to(ledger.database, "Tom Reed")] == [
        (case_id, "Ann", "@TomReed do you know this street?")
    ]
    assert ledger.queue(QueueQuery(calls="Tom Reed")).total_open == 1
    assert not calls_to(ledger.database, "Ann")
    seen(ledger.database, case_id, responder="Tom Reed")
    assert not calls_to(ledger.database, "Tom Reed")
    assert ledger.queue(QueueQuery(calls="Tom Reed")).total_open == 0


def test_who_acts_has_seen(small: Ledger) -> None:
    """An answering note is enough."""
    case_id = open_case(small)
    small.note(case_id, responder="ann", note="@tom?")
    small.note(case_id, responder="tom", note="yes, I do")
    assert not calls_to(small.database, "tom")


def test_a_hand_over_calls_until_it_is_undone(small: Ledger) -> None:
    """Whom it goes to; and whom the note names beside."""
    case_id = open_case(small)
    view = small.act(
        case_id, Action.HAND_OVER, responder="ann", epoch=None, version=1, to="Tom Reed", note="ask @ada"
    )
    assert len(calls_to(small.database, "Tom Reed")) == len(calls_to(small.database, "Ada")) == 1
    small.undo(case_id, responder="ann", version=view.case.version)
    assert not calls_to(small.database, "Tom Reed")
