"""Whoever asked to be left alone is left alone: the wish goes with the dismissal, and back with its undo."""

from __future__ import annotations

from earnest.ledger import Ledger
from earnest.ledger.views import CaseView

LEAVE_ALONE = "leave_alone"


def heed(ledger: Ledger, view: CaseView) -> None:
    """After a case was dismissed for that reason: keep the wish for the person."""
    if view.case.closed_reason == LEAVE_ALONE and not view.case.left_alone:
        person = ledger.person(view.case.person_id)
        ledger.leave_alone(person.source, person.native_id)


def forget_wish(ledger: Ledger, view: CaseView) -> None:
    """After a step was taken back: the wish too, where it came with that step and not before."""
    undone = next((event for event in view.events if event.id == view.events[-1].undoes), None)
    if undone is None or undone.reason != LEAVE_ALONE:
        return
    person = ledger.person(view.case.person_id)
    if person.left_alone_at is not None and person.left_alone_at >= undone.at:
        ledger.leave_alone(person.source, person.native_id, left=False)
