"""The first tables, as each database is told them in the SQL files beside this one.

Revision: 0001, after nothing.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    connection = op.get_bind()
    script = Path(__file__).with_name(f"0001_first.{connection.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def downgrade() -> None:
    """There is nothing before the first tables; a ledger is removed as a whole."""
    raise RuntimeError("the first tables cannot be taken back; remove the database instead")
