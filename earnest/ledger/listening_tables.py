"""The tables of listening: cursors, every poll, what was missed and what could not be read."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text, text

from earnest.ledger.columns import Id, Utc, count, metadata, number, where, words

polls = Table(
    "poll",
    metadata,
    Column("listener", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("state", JSON, nullable=False),
    count("version"),  # of the state: rises with every committed batch
    Column("last_asked", Utc),
    Column("last_heard", Utc),
    Column("next_poll", Utc),
    words("error"),
    words("error_kind"),
    Column("failing_since", Utc),
    Column("cost", Float, nullable=False, server_default=text("0")),
    count("items"),  # everything that came, known or not
    count("posts"),  # first heard here
    count("set_aside"),
    count("gaps"),
    Column("log_id", Id),  # the row of poll_log of the poll that is running
)

poll_logs = Table(
    "poll_log",
    metadata,
    number(),
    Column("listener", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    count("items"),
    count("posts"),
    Column("cost", Float, nullable=False, server_default=text("0")),
    words("error"),
    words("error_kind"),
    Index(None, "listener", "query", "started_at"),
    Index("ix_poll_log_unended", "started_at", **where("ended_at IS NULL")),
    # for some weeks; what pictures of coverage are made of is in poll_hour
)

poll_hours = Table(
    "poll_hour",
    metadata,
    Column("listener", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("hour", Utc, primary_key=True),  # of the polls' beginning; only polls that ended are in it
    count("polls"),
    count("failed"),
    count("posts"),  # of all of them
    Column("cost", Float, nullable=False, server_default=text("0")),
    count("well"),  # polls that ended well, of which:
    Column("first_at", Utc),
    Column("last_at", Utc),
    count("first_posts"),  # what the first brought
    count("later_posts"),  # and the others
    sqlite_with_rowid=False,
)

gaps = Table(
    "gap",
    metadata,
    number(),
    Column("listener", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("start_at", Utc),
    Column("end_at", Utc),
    Column("why", Text, nullable=False),
    words("note"),
    Column("seen_at", Utc, nullable=False),
    Index(None, "listener", "query", "seen_at"),
)

set_asides = Table(
    "set_aside",
    metadata,
    number(),
    Column("fingerprint", String(64), nullable=False, unique=True),  # of listener, place and raw
    Column("listener", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("native_id", Text),
    Column("raw", Text, nullable=False),
    Column("why", Text, nullable=False),
    words("place"),
    Column("first_seen", Utc, nullable=False),
    Column("last_seen", Utc, nullable=False),
    Column("times", Integer, nullable=False, server_default=text("1")),
    Column("retried_at", Utc),
    Index(None, "listener", "query"),
)
