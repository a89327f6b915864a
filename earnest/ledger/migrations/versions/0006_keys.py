"""Tokens for programs, people whom an identity provider knows, and the queues a person may see.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id, Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and a column; everybody goes on seeing every queue."""
    op.create_table(
        "desk_token",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc()),
        sa.Column("revoked_at", Utc()),
        sa.ForeignKeyConstraint(["person_id"], ["desk_person.id"], name="fk_desk_token_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_token"),
        sa.UniqueConstraint("hash", name="uq_desk_token_hash"),
    )
    op.create_index("ix_desk_token_person_id", "desk_token", ["person_id"])
    op.create_table(
        "desk_identity",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["desk_person.id"], name="fk_desk_identity_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_desk_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_desk_identity_issuer_subject"),
    )
    op.create_index("ix_desk_identity_person_id", "desk_identity", ["person_id"])
    op.add_column("desk_person", sa.Column("queues", sa.JSON()))


def downgrade() -> None:
    """Forget them: tokens open nothing any more, and everybody sees every queue."""
    op.drop_column("desk_person", "queues")
    op.drop_table("desk_identity")
    op.drop_table("desk_token")
