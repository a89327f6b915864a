"""Fuses that stop a rule, what they hold back, and the clock of a case that waits for the person.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "fuse",
        sa.Column("id", Id, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("blown_at", Utc(), nullable=False),
        sa.Column("lifted_at", Utc()),
        sa.Column("lifted_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("free_until", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_fuse"),
    )
    _index("uq_fuse_one_blown", "fuse", ["rule"], "lifted_at IS NULL", unique=True)
    op.add_column("mention", sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("mention", sa.Column("held_by", Id))
    op.drop_index("ix_mention_work", "mention")
    _index("ix_mention_work", "mention", ["posted_at", "id"], "decided < revision AND held < revision")
    _index("ix_mention_held", "mention", ["held_by"], "held_by IS NOT NULL")
    op.add_column("cases", sa.Column("due_left", sa.Float()))
    op.add_column("cases", sa.Column("rule", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_index("ix_cases_rule_opened_at", "cases", ["rule", "opened_at"])


def downgrade() -> None:
    """Forget the fuses; what they held back is decided in the next pass."""
    op.drop_index("ix_cases_rule_opened_at", "cases")
    op.drop_column("cases", "rule")
    op.drop_column("cases", "due_left")
    op.drop_index("ix_mention_held", "mention")
    op.drop_index("ix_mention_work", "mention")
    _index("ix_mention_work", "mention", ["posted_at", "id"], "decided < revision")
    op.drop_column("mention", "held_by")
    op.drop_column("mention", "held")
    op.drop_table("fuse")


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=there, postgresql_where=there)
