"""The ledger's tables, as code: one definition for SQLite and PostgreSQL.

Every table that a stage works off has a pair of integers: what there is (`revision`) and what was
done (`analyzed`, `decided`). Work is where the second is smaller; partial indices keep finding it
as cheap as there is little of it. The migrations are compared with this page by a test.
"""

from __future__ import annotations

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

from earnest.ledger.case_tables import SYSTEM_ACTIONS, case_events, case_posts, case_skills, cases, labels
from earnest.ledger.columns import Id, Utc, count, flag, metadata, number, ref, where, words
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

__all__ = [
    "SYSTEM_ACTIONS",
    "Id",
    "Utc",
    "account_verdicts",
    "apart",
    "attempts",
    "calls",
    "case_events",
    "case_posts",
    "case_skills",
    "case_words",
    "cases",
    "deliveries",
    "desk_identities",
    "desk_people",
    "desk_sessions",
    "desk_tokens",
    "fuses",
    "gaps",
    "habits",
    "labels",
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

# ── search ──────────────────────────────────────────────────────────────────────────────────────

index_work = Table(
    "index_work",
    metadata,
    Column("document", String(32), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("mention_id", Id),  # null: the document must go
    # what search must take in or delete; a row leaves when that version is in
)

case_work = Table(
    "case_work",
    metadata,
    number(),
    Column("case_id", Id, nullable=False),  # no foreign key: cases are not deleted, and claims are many
    # cases that changed since: all their mentions must be indexed anew
)
