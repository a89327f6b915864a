"""What happened to a case, one line for each event, as people tell it."""

from __future__ import annotations

from earnest.desk import labels
from earnest.ledger.aftercare import TOLD, UNTOLD
from earnest.ledger.corrections import AS_READ, CORRECTED
from earnest.ledger.elsewhere import NOT_SAME, SAME_AFTER_ALL
from earnest.ledger.views import EventView
from routing.case import Action

_NOTED = {
    TOLD: "told the person that it is solved",
    UNTOLD: "says the person was not told after all",
    NOT_SAME: "says this is not the same problem as case {other}",
    SAME_AFTER_ALL: "says this may be the same problem as case {other} after all",
    CORRECTED: "corrected how the words were read",
    AS_READ: "took the correction of the reading back",
}
_SLEEPS = {"post": " until they write again", "worse": " until it gets worse"}
_BY_ITSELF = {Action.HEAR, Action.WAKE, Action.WITHDRAW}


def event_words(event: EventView) -> str:
    """One line of the case's history."""
    match event.action:
        case "open":
            return "the case was opened"
        case "answered":
            return "the brand answered in public"
        case "weigh":
            return (
                event.reason
                or f"priority {event.before.get('priority', '?')} → {event.after.get('priority', '?')}"
            )
        case "reroute":
            return f"moved to {event.after.get('queue', 'another queue')}"
        case "undo":
            return f"{event.who} took the last step back"
        case "note":
            said = _NOTED.get(event.reason, "noted")
            return f"{event.who} {said.format(other=event.after.get('other', '?'))}"
    return _step(event)


def _step(event: EventView) -> str:
    """A step of the case's machine."""
    said = labels.happened(event.action)
    if event.action in _BY_ITSELF:
        return f"{said}: {event.reason}" if event.action == Action.WAKE and event.reason else said
    match event.action:
        case Action.MERGE if event.after.get("merged_into"):
            return f"{event.who} made it part of case {event.after['merged_into']}"
        case Action.SNOOZE:
            return f"{event.who} {said}{_SLEEPS.get(str(event.after.get('snoozed_for')), '')}"
        case Action.HAND_OVER if event.after.get("owner"):
            return f"{event.who} handed it over to {event.after['owner']}"
    if event.reason:
        return f"{event.who} {said}: {labels.DISMISSALS.get(event.reason, event.reason).lower()}"
    return f"{event.who} {said}"
