"""The tables of the desk's door: who may come in, who is in, and what happened there."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, String, Table, Text, UniqueConstraint, text

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
    Column(
        "password", Text, nullable=False
    ),  # argon2id, with its salt and costs; "" for none: they come by OIDC
    Column("password_at", Utc, nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("disabled_at", Utc),
    Column("queues", JSON(none_as_null=True)),  # the names of those they may see; null: every queue
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

desk_tokens = Table(
    "desk_token",
    metadata,
    number(),
    ref("person_id", "desk_person", index=True),
    Column("name", Text, nullable=False),  # what it is for, in its person's words
    Column("prefix", String(16), nullable=False),  # its first characters, to recognise it by
    Column("hash", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("revoked_at", Utc),
)

desk_identities = Table(
    "desk_identity",
    metadata,
    number(),
    ref("person_id", "desk_person", index=True),
    # as the identity provider names itself and the person; neither may be told by name or mail alone
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("linked_at", Utc, nullable=False),
    UniqueConstraint("issuer", "subject"),
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
