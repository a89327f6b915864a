"""Tables of how people like to work at the desk: views they saved, and their keys."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Table, Text

from earnest.ledger.columns import Utc, flag, metadata, number, where, words

saved_views = Table(
    "desk_view",
    metadata,
    number(),
    # The name people work under, not a door's person: desks where nobody signs in have habits too.
    Column("owner", Text, nullable=False),
    Column("owner_key", Text, nullable=False),  # casefolded: two that look alike are one
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("filters", Text, nullable=False),  # as the queue's address says them
    flag("shared"),  # everybody at the desk has it
    Column("made_at", Utc, nullable=False),
    Column("gone_at", Utc),  # deleted; kept so that it can be taken back
    Index("uq_desk_view_name", "owner_key", "name_key", unique=True, **where("gone_at IS NULL")),
    Index("ix_desk_view_shared", "name_key", **where("shared AND gone_at IS NULL")),
)

habits = Table(
    "desk_habit",
    metadata,
    Column("owner_key", Text, primary_key=True),
    Column("keys", JSON, nullable=False),  # action → key, where it is not the desk's own; "" for none
    words("opens"),  # the filters the queue opens with, as its address says them
)
