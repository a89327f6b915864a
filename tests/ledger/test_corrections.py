"""A responder corrects how a post was read; that is kept as a label, and can be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from earnest.ledger import Ledger
from earnest.ledger.corrections import correct, corrected, take_back
from earnest.ledger.errors import NoSuchCase
from routing.case import Action, IllegalTransition
from tests.ledger.world import open_case


def _labels(ledger: Ledger) -> list[tuple[str, str]]:
    return ledger.labels_on("x", "1", "Larkspur")


def test_a_correction_is_a_label(small: Ledger) -> None:
    """Of the mention that speaks, with who said it and the model that read it; the case stays as it is."""
    case_id = open_case(small)
    before = small.case(case_id).case
    correct(small.database, case_id, responder="ann", severity=4, topics=["refund", "billing"])
    assert _labels(small) == [("severity:4", "ann"), ("topics:billing,refund", "ann")]
    found = corrected(small.database, case_id)
    assert (found.severity, found.topics, found.who) == (4, ("billing", "refund"), "ann")
    view = small.case(case_id)
    assert (view.case.priority, view.case.severity) == (before.priority, before.severity)
    assert (view.events[-1].reason, view.events[-1].after["severity"]) == ("corrected", 4)
    assert '"model": "words"' in small.canonical()


def test_a_later_word_takes_the_place(ledger: Ledger) -> None:
    """Of the same sort only; whoever says it."""
    case_id = open_case(ledger)
    correct(ledger.database, case_id, responder="ann", severity=4, topics=["refund"])
    correct(ledger.database, case_id, responder="bob", severity=1)
    assert _labels(ledger) == [("topics:refund", "ann"), ("severity:1", "bob")]
    with pytest.raises(IllegalTransition, match="already"):
        correct(ledger.database, case_id, responder="bob", severity=1)


def test_taken_back_nothing_is_learnt_of_it(small: Ledger) -> None:
    """A dismissal beside it stays."""
    case_id = open_case(small)
    correct(small.database, case_id, responder="ann", severity=4)
    version = small.case(case_id).case.version
    small.act(case_id, Action.DISMISS, responder="ann", epoch=None, version=version, reason="praise")
    take_back(small.database, case_id, responder="bob")
    assert not corrected(small.database, case_id)
    assert _labels(small) == [("praise", "ann")]
    with pytest.raises(IllegalTransition, match="nothing"):
        take_back(small.database, case_id, responder="bob")


@pytest.mark.parametrize(("said", "why"), [({}, "what is to be"), ({"severity": 5}, "1 to 4")])
def test_what_says_nothing_is_refused(small: Ledger, said: dict[str, Any], why: str) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match=why):
        correct(small.database, open_case(small), responder="ann", **said)


def test_no_case_is_corrected(small: Ledger) -> None:
    """By its number."""
    with pytest.raises(NoSuchCase):
        correct(small.database, 99, responder="ann", severity=2)
    with pytest.raises(NoSuchCase):
        take_back(small.database, 99, responder="ann")
