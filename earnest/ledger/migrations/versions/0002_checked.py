"""When the network last had a post there: so that what is gone there goes from here in time.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is held counts as there when it was heard."""
    op.add_column("post", sa.Column("checked_at", Utc()))
    op.execute("UPDATE post SET checked_at = heard_at")
    there = sa.text("deleted_at IS NULL")
    op.create_index(
        "ix_post_recheck", "post", ["source", "checked_at"], sqlite_where=there, postgresql_where=there
    )


def downgrade() -> None:
    """Forget when posts were checked."""
    op.drop_index("ix_post_recheck", "post")
    op.drop_column("post", "checked_at")
