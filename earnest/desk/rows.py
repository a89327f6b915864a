"""How a case stands in a list, in words."""

from __future__ import annotations

from earnest.desk import labels, words
from earnest.ledger.views import EarlierCase, QueueRow
from routing.case import State


def excerpt(row: QueueRow) -> str:
    """The words shown in a list: the title where there is one, then the text."""
    return words.excerpt(f"{row.title} — {row.text}" if row.title else row.text)


def severity_of(row: QueueRow) -> str:
    """How hard the words reproach; a mention no model read says so."""
    return labels.severity_name(None if row.complaint is None else row.severity)


def standing(row: QueueRow | EarlierCase) -> str:
    """State and owner in a few words."""
    return stands(row.state, row.owner)


def stands(state: State, owner: str | None) -> str:
    """A state and who holds it in a few words."""
    if state is State.ASSIGNED and owner:
        return f"with {owner}"
    text = labels.state_name(state)
    return f"{text} · {owner}" if owner else text
