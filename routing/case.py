"""The case's states and the one table of what may follow what.

A case is one brand, one person, one conversation. The ledger's constraints and the desk's buttons
both come from this table.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    WAITING_PERSON = "waiting_person"
    WAITING_INSIDE = "waiting_inside"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"  # the person deleted it: text erased, a tombstone kept


class Action(StrEnum):
    """What can happen to a case."""

    TAKE = "take"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    WAIT_PERSON = "wait_person"
    WAIT_INSIDE = "wait_inside"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    MERGE = "merge"
    REOPEN = "reopen"
    HEAR = "hear"  # a new post of the person in this conversation
    WAKE = "wake"  # a snooze ran out
    WITHDRAW = "withdraw"


OPEN = frozenset({State.NEW, State.ASSIGNED, State.WAITING_PERSON, State.WAITING_INSIDE, State.SNOOZED})
"""States in which somebody still owes something."""

_WORK = frozenset({State.ASSIGNED, State.WAITING_PERSON, State.WAITING_INSIDE, State.SNOOZED})

TRANSITIONS: dict[Action, tuple[frozenset[State], State]] = {
    Action.TAKE: (OPEN, State.ASSIGNED),
    Action.RELEASE: (_WORK, State.NEW),
    Action.HAND_OVER: (OPEN, State.ASSIGNED),
    Action.WAIT_PERSON: (OPEN, State.WAITING_PERSON),
    Action.WAIT_INSIDE: (OPEN, State.WAITING_INSIDE),
    Action.SNOOZE: (OPEN, State.SNOOZED),
    Action.RESOLVE: (OPEN, State.RESOLVED),
    Action.DISMISS: (OPEN, State.DISMISSED),
    Action.MERGE: (OPEN | {State.RESOLVED, State.DISMISSED}, State.MERGED),
    Action.REOPEN: (frozenset({State.RESOLVED, State.DISMISSED, State.MERGED}), State.NEW),
    Action.HEAR: (OPEN | {State.RESOLVED, State.DISMISSED}, State.NEW),
    Action.WAKE: (frozenset({State.SNOOZED}), State.NEW),
    Action.WITHDRAW: (frozenset(State) - {State.WITHDRAWN}, State.WITHDRAWN),
}
"""action → (states it may start from, state it leads to)."""


class IllegalTransition(ValueError):
    """The action does not fit the case's state."""


def after(state: State, action: Action) -> State:
    """The state that follows, or IllegalTransition saying what would be allowed.

    A new post in a case somebody holds stays with them: HEAR keeps ASSIGNED.
    """
    starts, end = TRANSITIONS[action]
    if state not in starts:
        allowed = ", ".join(sorted(a.value for a, (s, _) in TRANSITIONS.items() if state in s)) or "nothing"
        raise IllegalTransition(f"cannot {action.value} a case that is {state.value}; possible: {allowed}")
    if action is Action.HEAR and state in {State.NEW, State.ASSIGNED}:
        return state
    return end
