"""The tables of the desk's door: who may come in, who is in, and what happened there."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, String, Table, Text, text

from earnest.ledger.columns import Utc, either, metadata, number, ref, where, words

ROLES = ("viewer", "responder", "lead", "admin", "auditor")
"""What a person of the desk may be; what each may do is told in earnest/desk/roles.py."""

desk_people = Table(
    "desk_person",
    metadata,
    number(),
    Column("name", Text, nullable=False),  # as it stands in the history of cases
    Column("name_key", Text, nullable=False, unique=True),  # casefolded: two that look alike are one
    Column("role", String(10), nullable=False),
    Column("password", Text, nullable=False),  # argon2id, with its salt and costs
    Column("password_at", Utc, nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("disabled_at", Utc),
    CheckConstraint(f"role IN ({either(ROLES)})", name="role"),
)

desk_sessions = Table(
    "desk_session",
    metadata,
    number(),
    ref("person_id", "desk_person", index=True),
    # of the cookie's secret, so that a copy of the ledger lets nobody in
    Column("hash", String(64), nullable=False, unique=True),
    Column("began_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ended_at", Utc),
    words("ended_why"),
    words("address"),
    words("browser"),
)

security_events = Table(
    "security_event",
    metadata,
    number(),
    Column("at", Utc, nullable=False),
    Column("kind", String(30), nullable=False),
    words("who"),
    words("address"),
    Column("details", JSON, nullable=False, server_default=text("'{}'")),
    Index("ix_security_event_failed", "at", **where("kind = 'sign-in failed'")),
    # append-only: the migration has both databases refuse every change
)
