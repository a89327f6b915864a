"""What other systems are told of cases, who got it, and whether the person was told of the mend.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id, Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the outbox, its deliveries and two things about cases; what happened before is not told."""
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("due", Utc()),
        sa.CheckConstraint(
            "topic IN ('came_back', 'opened', 'overdue', 'reopened', 'resolved', 'urgent', 'withdrawn')",
            name="ck_outbox_topic",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_outbox_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_case_id", "outbox", ["case_id"])
    op.create_index("ix_outbox_at", "outbox", ["at"])
    _index("uq_outbox_urgent", "outbox", ["case_id"], "topic = 'urgent'", unique=True)
    _index("uq_outbox_overdue", "outbox", ["case_id", "due"], "topic = 'overdue'", unique=True)
    op.create_table(
        "outbox_target",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_outbox_target"),
    )
    op.create_table(
        "delivery",
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", Utc()),
        sa.Column("delivered_at", Utc()),
        sa.Column("dead_at", Utc()),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_delivery_outbox_id"),
        sa.PrimaryKeyConstraint("outbox_id", "target", name="pk_delivery"),
        sqlite_with_rowid=False,
    )
    _index("ix_delivery_due", "delivery", ["target", "next_at"], "next_at IS NOT NULL")
    _index("ix_delivery_dead", "delivery", ["target"], "dead_at IS NOT NULL")
    op.create_table(
        "delivery_attempt",
        sa.Column("id", Id, nullable=False),
        sa.Column("outbox_id", Id, nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("arrived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("said", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_delivery_attempt_outbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempt"),
    )
    op.create_index("ix_delivery_attempt_outbox_id", "delivery_attempt", ["outbox_id"])
    op.add_column("cases", sa.Column("told_at", Utc()))
    _index("ix_cases_due", "cases", ["due"], "due IS NOT NULL")


def downgrade() -> None:
    """Forget what was told."""
    op.drop_index("ix_cases_due", "cases")
    op.drop_column("cases", "told_at")
    for table in ("delivery_attempt", "delivery", "outbox_target", "outbox"):
        op.drop_table(table)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=there, postgresql_where=there)
