"""How people like to work: the views they saved, the one their desk opens with, and their keys.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.columns import where
from earnest.ledger.tables import Id, Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, and an index for everybody's own cases."""
    op.create_table(
        "desk_view",
        sa.Column("id", Id, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("owner_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("gone_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_desk_view"),
    )
    op.create_index(
        "uq_desk_view_name", "desk_view", ["owner_key", "name_key"], unique=True, **where("gone_at IS NULL")
    )
    op.create_index("ix_desk_view_shared", "desk_view", ["name_key"], **where("shared AND gone_at IS NULL"))
    op.create_table(
        "desk_habit",
        sa.Column("owner_key", sa.Text(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("owner_key", name="pk_desk_habit"),
    )
    op.create_index("ix_cases_owner", "cases", ["owner"], **where("owner IS NOT NULL AND is_open"))


def downgrade() -> None:
    """Forget them: everybody has the desk's own views and keys."""
    op.drop_index("ix_cases_owner", "cases")
    op.drop_table("desk_habit")
    op.drop_table("desk_view")
