"""Tables of what other systems are told: the outbox, who got it, and how every try went."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, ForeignKey, Index, Integer, String, Table

from earnest.ledger.columns import Id, Utc, count, either, flag, metadata, number, ref, where, words

CASE_TOPICS = ("opened", "urgent", "overdue", "resolved", "reopened", "came_back", "withdrawn")
"""What happens to a case and is worth telling; receivers read it as "case.opened" and so on."""
TEAM_TOPICS = ("handed_over", "called", "fuse", "deaf", "heard_again", "digest")
"""What people at the desk are told beside: work for one of them, and how the desk itself stands."""
TOPICS = (*CASE_TOPICS, *TEAM_TOPICS)

outbox = Table(
    "outbox",
    metadata,
    number(),
    Column("key", String(32), nullable=False, unique=True),  # the message's name at its receivers
    Column("topic", String(16), nullable=False),
    ref("case_id", "cases", null=True, index=True),
    words("about", String(200)),  # a colleague, rule, source or receiver, where the topic is about one
    Column("at", Utc, nullable=False, index=True),
    Column("due", Utc),  # of an overdue case: the time that passed; of a digest: when it was to be told
    Index("uq_outbox_urgent", "case_id", unique=True, **where("topic = 'urgent'")),
    Index("uq_outbox_overdue", "case_id", "due", unique=True, **where("topic = 'overdue'")),
    Index("uq_outbox_digest", "about", "due", unique=True, **where("topic = 'digest'")),
    Index("ix_outbox_about", "about", "id", **where("about <> ''")),
    CheckConstraint(f"topic IN ({either(TOPICS)})", name="topic"),
    CheckConstraint("case_id IS NOT NULL OR about <> ''", name="something"),
    # written with the event it tells of, in one transaction; no words of anybody, only numbers
)

targets = Table(
    "outbox_target",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("since", Utc, nullable=False),  # a new receiver is not told of years past
)

deliveries = Table(
    "delivery",
    metadata,
    Column("outbox_id", Id, ForeignKey("outbox.id"), primary_key=True),
    Column("target", String(40), primary_key=True),
    count("tries"),
    Column("next_at", Utc),  # null once it is settled, one way or the other
    Column("delivered_at", Utc),
    Column("dead_at", Utc),
    Index("ix_delivery_due", "target", "next_at", **where("next_at IS NOT NULL")),
    Index("ix_delivery_dead", "target", **where("dead_at IS NOT NULL")),
    sqlite_with_rowid=False,
)

attempts = Table(
    "delivery_attempt",
    metadata,
    number(),
    ref("outbox_id", "outbox", index=True),
    Column("target", String(40), nullable=False),
    Column("at", Utc, nullable=False),
    flag("arrived"),
    Column("status", Integer),  # of HTTP, where there was an answer
    words("said"),
    Column("seconds", Float, nullable=False),
    Index(None, "target", "id"),
)
