"""The tables of cases: what responders work on, and everything that happened to it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from earnest.ledger.columns import Id, Utc, count, either, metadata, number, ref, where, words
from routing.case import OPEN, TRANSITIONS, State

_OPEN = either(OPEN)

cases = Table(
    "cases",  # plural: CASE is a word of SQL
    metadata,
    number(),
    Column("brand", Text, nullable=False),
    ref("person_id", "person"),
    Column("source", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("queue", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("due", Utc),  # of the first answer or the next; null while nothing is owed
    Column("due_left", Float),  # open minutes left until it is due again, while we wait for the person
    words("rule"),  # that opened it
    ref("mention_id", "mention"),  # the one that speaks for the case
    # Copied from it, so that the queue is filtered without a join; see ledger.facets:
    words("language", String(8)),
    Column("severity", Integer),  # null: no model read it
    count("urgency"),
    words("topics"),  # their JSON as text
    Column("owner", Text),
    Column("lease_expires", Utc),
    count("epoch"),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("opened_at", Utc, nullable=False),
    Column("waiting_since", Utc, nullable=False),  # since when the person waits for us
    Column("last_post_at", Utc, nullable=False),
    Column("answered_at", Utc),  # when the brand's own account last spoke there
    Column("snoozed_until", Utc),  # null while it sleeps until something happens
    words("snoozed_for", String(8)),  # what it sleeps until: time, post or worse
    Column("asleep_over", JSON(none_as_null=True)),  # how bad it was then: severity, urgency, echoes
    Column("closed_at", Utc),
    words("closed_reason"),
    Column("told_at", Utc),  # when the person was told that it is solved; null while it is open
    ref("merged_into", "cases", null=True),
    count("earlier_cases"),
    Index(None, "person_id", "brand"),
    Index(None, "source", "conversation"),
    Index(None, "rule", "opened_at"),
    Index(None, "opened_at"),
    Index("ix_cases_waiting", "waiting_since", **where("is_open")),
    Index("ix_cases_due", "due", **where("due IS NOT NULL")),
    Index("ix_cases_owner", "owner", **where("owner IS NOT NULL AND is_open")),
    Index("ix_cases_leases", "lease_expires", **where("lease_expires IS NOT NULL")),
    Index("ix_cases_snoozed", "snoozed_until", **where("snoozed_until IS NOT NULL")),
    Index("uq_cases_one_open", "brand", "person_id", "conversation", unique=True, **where("is_open")),
    CheckConstraint(f"state IN ({either(State)})", name="state"),
    CheckConstraint(f"is_open = (state IN ({_OPEN}))", name="is_open"),
    CheckConstraint("(closed_at IS NULL) = is_open", name="closed"),
    CheckConstraint("state <> 'new' OR owner IS NULL", name="new_is_free"),
    CheckConstraint("state <> 'assigned' OR owner IS NOT NULL", name="assigned_is_held"),
    CheckConstraint("lease_expires IS NULL OR state = 'assigned'", name="lease"),
    CheckConstraint("snoozed_until IS NULL OR state = 'snoozed'", name="snooze"),
    CheckConstraint("(merged_into IS NOT NULL) = (state = 'merged')", name="merged"),
    CheckConstraint("priority BETWEEN 0 AND 1000", name="priority"),
)

_IN_ORDER = (cases.c.priority.desc(), cases.c.waiting_since, cases.c.id)
_IF_OPEN: dict[str, Any] = {"sqlite_where": text("is_open = 1"), "postgresql_where": text("is_open")}
_IF_CLOSED: dict[str, Any] = {"sqlite_where": text("is_open = 0"), "postgresql_where": text("NOT is_open")}
# The open ones with all that the queue is filtered by, so that filters and counts read nothing else:
_FILTERS = ("queue", "state", "owner", "due", "brand", "source", "severity", "urgency", "language", "topics")
Index("ix_cases_open", *_IN_ORDER, *(cases.c[name] for name in _FILTERS), **_IF_OPEN)
Index("ix_cases_closed", *_IN_ORDER, **_IF_CLOSED)
Index("ix_cases_free", *_IN_ORDER, cases.c.queue, **where("state = 'new'"))

case_skills = Table(
    "case_skill",
    metadata,
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True),
    Column("skill", Text, primary_key=True),
    # what a responder must have to be offered the case
)

case_posts = Table(
    "case_post",
    metadata,
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True),
    Column("post_id", Id, ForeignKey("post.id"), primary_key=True),
    Column("added_at", Utc, nullable=False),
    Index(None, "post_id"),
)

SYSTEM_ACTIONS = frozenset({"open", "answered", "weigh", "undo", "note", "reroute"})
"""Events that are no step of the state machine: they change no state, save `undo` and `open`."""


def _steps() -> str:
    """Every event is a step of the transition table, or one of the system's own."""
    steps = [
        f"(action = '{action}' AND before_state IN ({either(starts)}) AND after_state = '{end}')"
        for action, (starts, end) in sorted(TRANSITIONS.items())
    ]
    held = "(action = 'hear' AND before_state = 'assigned' AND after_state = 'assigned')"
    return " OR ".join([*steps, held, f"action IN ({either(SYSTEM_ACTIONS)})"])


case_events = Table(
    "case_event",
    metadata,
    number(),
    ref("case_id", "cases", index=True),
    Column("at", Utc, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(16), nullable=False),
    Column("before_state", String(16), nullable=False),
    Column("after_state", String(16), nullable=False),
    Column("before", JSON, nullable=False),  # the fields the event changed, as they were
    Column("after", JSON, nullable=False),
    words("note"),
    words("reason"),
    ref("post_id", "post", null=True),
    ref("undoes", "case_event", null=True),
    Index("ix_case_event_answered", "at", **where("action = 'answered'")),
    # PostgreSQL reads a condition anew for every statement, and this one took longer than all else of it:
    CheckConstraint(_steps(), name="steps").ddl_if(dialect="sqlite"),
    CheckConstraint("case_event_step(action, before_state, after_state)", name="steps").ddl_if(
        dialect="postgresql"  # a function with the same words; see the migration
    ),
    # append-only; only an erasure may blank a note
)

labels = Table(
    "label",
    metadata,
    number(),
    ref("case_id", "cases", null=True, index=True),  # null: a mention that was not routed
    ref("mention_id", "mention", index=True),
    ref("event_id", "case_event", null=True),
    Column("label", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("undone_at", Utc),
    # what people said of the model's judgement: the stuff of the next training
)
