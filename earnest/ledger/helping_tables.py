"""Tables behind a case page: whom a note calls, what cases have in common, which accounts are one person's.

What people said of a suggestion is kept as rows that say who and when; taken back, they say that too.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from earnest.ledger.columns import Id, Utc, metadata, number, ref, where

calls = Table(
    "case_call",
    metadata,
    number(),
    ref("case_id", "cases", index=True),
    ref("event_id", "case_event"),  # the note that calls
    Column("whom", Text, nullable=False),  # a colleague's name, folded and without spaces
    Column("seen_at", Utc),
    Index("ix_case_call_unseen", "whom", **where("seen_at IS NULL")),
)

case_words = Table(
    "case_word",
    metadata,
    Column("word", BigInteger, primary_key=True, autoincrement=False),  # 64 bits of brand and word
    Column("minute", Integer, primary_key=True, autoincrement=False),  # since 1970, of the post
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
    # the telling words of what a person complained of, so that others who say the same are found
)

apart = Table(
    "case_apart",
    metadata,
    number(),
    ref("case_id", "cases", index=True),  # the smaller number of the two
    ref("other_id", "cases", index=True),
    Column("who", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Utc),
    Index("uq_case_apart_once", "case_id", "other_id", unique=True, **where("undone_at IS NULL")),
    CheckConstraint("case_id < other_id", name="order"),
    # two cases that look like the same problem, and are not: somebody looked
)

account_verdicts = Table(
    "account_verdict",
    metadata,
    number(),
    ref("person_id", "person", index=True),  # the smaller number of the two
    ref("other_id", "person", index=True),
    Column("verdict", String(8), nullable=False),  # the latest of two accounts counts
    Column("evidence", JSON, nullable=False),  # what was shown when it was said
    Column("who", Text, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("verdict IN ('same', 'other', 'open')", name="verdict"),
    CheckConstraint("person_id < other_id", name="order"),
)
