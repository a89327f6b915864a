"""The desk's own words for what the other rooms name: states, severities, networks, actions."""

from __future__ import annotations

from nlp.mention import Severity
from routing.case import Action, State

SOURCES = {"x": "X", "reddit": "Reddit", "blog": "a blog", "mastodon": "Mastodon", "bluesky": "Bluesky"}

NETWORKS = SOURCES | {"blog": "Blogs"}

STATES: dict[str, str] = {
    State.NEW: "new",
    State.ASSIGNED: "in hand",
    State.WAITING_PERSON: "waiting for the person",
    State.WAITING_INSIDE: "waiting inside",
    State.SNOOZED: "asleep",
    State.RESOLVED: "resolved",
    State.DISMISSED: "dismissed",
    State.MERGED: "merged",
    State.WITHDRAWN: "withdrawn by the person",
}

SEVERITIES = {
    Severity.NONE: "no complaint",
    Severity.NO_REPROACH: "tells of a problem",
    Severity.DISAPPROVAL: "disapproves",
    Severity.ACCUSATION: "accuses",
    Severity.BLAME: "blames",
}

URGENCIES = {0: "can wait", 1: "soon", 2: "urgent", 3: "needs somebody now"}

PAST: dict[str, str] = {
    Action.TAKE: "took it",
    Action.RELEASE: "gave it back",
    Action.HAND_OVER: "handed it over",
    Action.WAIT_PERSON: "waits for the person",
    Action.WAIT_INSIDE: "waits for somebody inside",
    Action.SNOOZE: "put it to sleep",
    Action.RESOLVE: "resolved it",
    Action.DISMISS: "dismissed it",
    Action.MERGE: "merged it",
    Action.REOPEN: "reopened it",
    Action.HEAR: "a new post was heard",
    Action.WAKE: "woke up",
    Action.WITHDRAW: "withdrawn: the person deleted the post",
}

DISMISSALS = {
    "praise": "Praise or thanks",
    "not_ours": "Not about us",
    "spam": "Spam",
    "solved": "Already solved",
    "leave_alone": "Asked to be left alone",
    "other": "Something else",
}
"""Why a case is no complaint: the value stored and the words shown."""

KINDS = {
    "post": "posted",
    "reply": "replied",
    "repost": "reposted",
    "quote": "quoted",
    "comment": "commented",
    "article": "wrote",
}


def source_name(source: str) -> str:
    """The network as people call it."""
    return SOURCES.get(source, source)


def network_name(source: str) -> str:
    """The network as a heading or a choice."""
    return NETWORKS.get(source, source)


def state_name(state: str) -> str:
    """A state in words; an unknown one as it is written."""
    return STATES.get(state, state.replace("_", " "))


def severity_name(severity: int | None) -> str:
    """A severity in words; None means no model read it."""
    return "not read by the model" if severity is None else SEVERITIES[Severity(severity)]


def urgency_name(urgency: int) -> str:
    """An urgency (0 to 3) in words."""
    return URGENCIES[min(3, max(0, urgency))]


def happened(what: str) -> str:
    """An event in the past tense; an unknown one as it is written."""
    return PAST.get(what, what.replace("_", " "))


def said(kind: str) -> str:
    """How a post was made: posted, replied, commented…"""
    return KINDS.get(kind, "posted")


def topic_name(topic: str) -> str:
    """A topic of the taxonomy as words."""
    return topic.replace("_", " ").replace("-", " ")


def handle_name(source: str, handle: str) -> str:
    """A handle as its network writes it."""
    if not handle:
        return ""
    return {"reddit": f"u/{handle}", "blog": handle}.get(source, f"@{handle}")
