"""The desk's door: people who sign in, their sessions, and an audit nobody can change.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three tables, and refuse every change of the audit."""
    op.create_table(
        "desk_person",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("password_at", Utc(), nullable=False),
        sa.Column("added_at", Utc(), nullable=False),
        sa.Column("disabled_at", Utc()),
        sa.CheckConstraint(
            "role IN ('admin', 'auditor', 'lead', 'responder', 'viewer')", name="ck_desk_person_role"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_desk_person"),
        sa.UniqueConstraint("name_key", name="uq_desk_person_name_key"),
    )
    op.create_table(
        "desk_session",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("began_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        _words("ended_why"),
        _words("address"),
        _words("browser"),
        sa.ForeignKeyConstraint(["person_id"], ["desk_person.id"], name="fk_desk_session_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_session"),
        sa.UniqueConstraint("hash", name="uq_desk_session_hash"),
    )
    op.create_index("ix_desk_session_person_id", "desk_session", ["person_id"])
    op.create_table(
        "security_event",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        _words("who"),
        _words("address"),
        sa.Column("details", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_security_event"),
    )
    failed = sa.text("kind = 'sign-in failed'")
    op.create_index(
        "ix_security_event_failed", "security_event", ["at"], sqlite_where=failed, postgresql_where=failed
    )
    _seal()


def downgrade() -> None:
    """Open the door again: everybody is who they say they are."""
    op.drop_table("security_event")
    op.drop_table("desk_session")
    op.drop_table("desk_person")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION security_event_stands()")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _seal() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION security_event_stands() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'security events stand as they were written'; END $$"
        )
        op.execute(
            "CREATE TRIGGER security_event_stands BEFORE UPDATE OR DELETE ON security_event "
            "FOR EACH ROW EXECUTE FUNCTION security_event_stands()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER security_event_no_{verb} BEFORE {verb.upper()} ON security_event "
            "BEGIN SELECT RAISE(ABORT, 'security events stand as they were written'); END"
        )
