"""The ledger's tables, as code: one definition for SQLite and PostgreSQL.

Every table that a stage works off has a pair of integers: what there is (`revision`) and what was
done (`analyzed`, `decided`). Work is where the second is smaller; partial indices keep finding it
as cheap as there is little of it. The migrations are compared with this page by a test.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from earnest.ledger.columns import Id, Utc, count, either, flag, metadata, number, ref, where, words
from earnest.ledger.door_tables import (
    desk_identities,
    desk_people,
    desk_sessions,
    desk_tokens,
    security_events,
)
from earnest.ledger.habit_tables import habits, saved_views
from earnest.ledger.helping_tables import account_verdicts, apart, calls, case_words
from earnest.ledger.listening_tables import gaps, poll_hours, poll_logs, polls, set_asides
from earnest.ledger.sample_tables import sample_items, samples
from earnest.ledger.telling_tables import attempts, deliveries, outbox, targets
from routing.case import OPEN, TRANSITIONS, State

__all__ = [
    "SYSTEM_ACTIONS",
    "Id",
    "Utc",
    "account_verdicts",
    "apart",
    "attempts",
    "calls",
    "case_words",
    "deliveries",
    "desk_identities",
    "desk_people",
    "desk_sessions",
    "desk_tokens",
    "fuses",
    "gaps",
    "habits",
    "metadata",
    "outbox",
    "poll_hours",
    "poll_logs",
    "polls",
    "sample_items",
    "samples",
    "saved_views",
    "security_events",
    "set_asides",
    "targets",
]

# ── facts about this ledger ─────────────────────────────────────────────────────────────────────

keys = Table(
    "ledger_key",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),  # made with the ledger: the key of the tombstones
)

# ── listening ───────────────────────────────────────────────────────────────────────────────────

people = Table(
    "person",
    metadata,
    number(),
    Column("source", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    words("handle"),
    words("name"),
    flag("is_site"),  # a post without an author: the site stands for the person
    words("handle_key"),  # the handle as people have it on several networks; "" where it tells nothing
    Column("left_alone_at", Utc),
    Column("erased_at", Utc),
    UniqueConstraint("source", "native_id"),
    Index("ix_person_handle_key", "handle_key", **where("handle_key <> ''")),
)

posts = Table(
    "post",
    metadata,
    number(),
    Column("source", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("text", Text, nullable=False),
    words("title"),
    words("url"),
    Column("language", Text),
    Column("created_at", Utc, nullable=False),
    ref("person_id", "person", null=True, index=True),  # null once erased
    Column("conversation", Text, nullable=False),
    Column("conversation_id", Text),  # as the network said it; `conversation` may be derived
    Column("parent_id", Text),
    count("replies"),
    count("reposts"),
    count("likes"),
    count("echoes"),  # reposts that were heard
    flag("context"),  # kept to understand others; not judged
    Column("network_revision", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("1")),
    count("analyzed"),
    Column("listener", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("heard_at", Utc, nullable=False),
    Column("checked_at", Utc),  # when the network last had it there
    Column("deleted_at", Utc),
    Column("deleted_why", Text),
    UniqueConstraint("source", "native_id"),
    Index(None, "source", "conversation"),
    Index("ix_post_reposts", "source", "parent_id", **where("kind = 'repost'")),
    Index("ix_post_recheck", "source", "checked_at", **where("deleted_at IS NULL")),
    Index("ix_post_work", "created_at", "id", **where("analyzed < revision")),
    CheckConstraint("analyzed <= revision", name="analyzed"),
)

post_revisions = Table(
    "post_revision",
    metadata,
    number(),
    ref("post_id", "post"),
    Column("revision", Integer, nullable=False),
    Column("network_revision", Text, nullable=False),
    Column("text", Text, nullable=False),
    words("title"),
    Column("superseded_at", Utc, nullable=False),
    UniqueConstraint("post_id", "revision"),
    # what a post said before it was edited; the present words are in post
)

tombstones = Table(
    "tombstone",
    metadata,
    Column("hash", String(64), primary_key=True),  # keyed, so that a copy of the ledger tells nobody
    Column("what", String(10), primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("what IN ('post', 'person', 'alone')", name="what"),
)

# ── understanding ───────────────────────────────────────────────────────────────────────────────

mentions = Table(
    "mention",
    metadata,
    number(),
    ref("post_id", "post"),
    Column("brand", Text, nullable=False),
    Column("document", String(32), nullable=False, unique=True),  # its id in search
    Column("post_revision", Integer, nullable=False),
    Column("present", Boolean, nullable=False, server_default=true()),  # the latest words still name it
    # Copied from the post, so that threads and work are found without a join:
    Column("source", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    ref("person_id", "person", null=True),
    Column("posted_at", Utc, nullable=False),
    Column("spans", JSON, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("language", String(8), nullable=False),
    flag("own_voice"),
    flag("judged"),
    Column("complaint", Float),
    flag("is_complaint"),
    count("severity"),
    count("urgency"),
    flag("asks_help"),
    Column("actionable", Float),
    Column("topics", JSON, nullable=False),
    Column("stakes", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    words("model"),
    ref("duplicate_of", "mention", null=True),
    count("echoes"),  # near-copies by others that were heard
    Column("revision", Integer, nullable=False, server_default=text("1")),
    count("decided"),
    # The latest decision, copied:
    words("outcome"),
    Column("case_id", Id, index=True),  # no foreign key: the case names the mention already
    count("held"),  # the revision that a blown fuse keeps from being decided
    Column("held_by", Id),  # which fuse that was
    count("index_version"),
    UniqueConstraint("post_id", "brand"),
    Index("ix_mention_work", "posted_at", "id", **where("decided < revision AND held < revision")),
    Index("ix_mention_held", "held_by", **where("held_by IS NOT NULL")),
    Index(
        "ix_mention_own",
        "conversation",
        sqlite_where=text("own_voice = 1"),
        postgresql_where=text("own_voice"),
    ),
    Index("ix_mention_copies", "duplicate_of", **where("duplicate_of IS NOT NULL")),
    Index("ix_mention_dismissed", "outcome", "posted_at", "id"),
    CheckConstraint("decided <= revision", name="decided"),
    CheckConstraint("severity BETWEEN 0 AND 4", name="severity"),
    CheckConstraint("(severity > 0) = is_complaint", name="severity_of_complaints"),
)

bands = Table(
    "fingerprint_band",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),  # 64 bits of brand and band
    Column("mention_id", Id, ForeignKey("mention.id"), primary_key=True),
    Index(None, "mention_id"),
    sqlite_with_rowid=False,
)

# ── routing ─────────────────────────────────────────────────────────────────────────────────────

decisions = Table(
    "decision",
    metadata,
    number(),
    ref("mention_id", "mention"),
    Column("revision", Integer, nullable=False),  # of the mention
    Column("outcome", String(10), nullable=False),
    words("queue"),
    count("priority"),
    Column("due", Utc),
    Column("skills", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    words("rules"),
    Column("decided_at", Utc, nullable=False),
    UniqueConstraint("mention_id", "revision"),
    CheckConstraint("outcome IN ('route', 'dismiss')", name="outcome"),
)

fuses = Table(
    "fuse",
    metadata,
    number(),
    Column("rule", Text, nullable=False),
    Column("rules", Text, nullable=False),  # version of the rules that it was in
    Column("most", Integer, nullable=False),  # new cases it may open
    Column("minutes", Float, nullable=False),  # in so long
    Column("blown_at", Utc, nullable=False),
    Column("lifted_at", Utc),
    words("lifted_by"),
    Column("free_until", Utc),  # what passes until then is not counted
    Index("uq_fuse_one_blown", "rule", unique=True, **where("lifted_at IS NULL")),
)

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
_FILTERS = (cases.c[name] for name in ("queue", "state", "owner", "due", "brand", "source"))
Index("ix_cases_open", *_IN_ORDER, *_FILTERS, **_IF_OPEN)
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
    CheckConstraint(_steps(), name="steps"),
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

# ── search ──────────────────────────────────────────────────────────────────────────────────────

index_work = Table(
    "index_work",
    metadata,
    Column("document", String(32), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("mention_id", Id),  # null: the document must go
    # what search must take in or delete; a row leaves when that version is in
)
