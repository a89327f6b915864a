"""Random samples for human eyes, by which missed complaints are estimated.

Revision: 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id, Utc

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "recall_sample",
        sa.Column("id", Id, nullable=False),
        sa.Column("drawn_at", Utc(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("who", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recall_sample"),
    )
    op.create_table(
        "recall_sample_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("sample_id", Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(20), nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("mention_id", Id),
        sa.Column("answer", sa.String(12), server_default=sa.text("''"), nullable=False),
        sa.Column("who", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("answered_at", Utc()),
        sa.CheckConstraint(
            "answer IN ('', 'complaint', 'none', 'unsure')", name="ck_recall_sample_item_answer"
        ),
        sa.ForeignKeyConstraint(["sample_id"], ["recall_sample.id"], name="fk_recall_sample_item_sample_id"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name="fk_recall_sample_item_post_id"),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name="fk_recall_sample_item_mention_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recall_sample_item"),
        sa.UniqueConstraint("sample_id", "place", name="uq_recall_sample_item_sample_id_place"),
    )
    op.create_index("ix_recall_sample_item_post_id", "recall_sample_item", ["post_id"])


def downgrade() -> None:
    """Forget the samples and what people said of them."""
    op.drop_table("recall_sample_item")
    op.drop_table("recall_sample")
