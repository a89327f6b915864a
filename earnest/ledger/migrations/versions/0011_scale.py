"""The queue's filters from an index alone, and polls summed by the hour.

Revision: 0011, after 0010.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ORDER: list[str | sa.TextClause] = [sa.text("priority DESC"), "waiting_since", "id"]


def upgrade() -> None:
    """Other indices for the queue; a table of hours, filled from the polls so far."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("ix_cases_queue", "cases")
    op.drop_index("ix_cases_claim", "cases")
    filters = ["queue", "state", "owner", "due", "brand", "source"]
    _index("ix_cases_open", "cases", [*_ORDER, *filters], "is_open = 1" if sqlite else "is_open")
    _index("ix_cases_closed", "cases", [*_ORDER], "is_open = 0" if sqlite else "NOT is_open")
    _index("ix_cases_free", "cases", [*_ORDER, "queue"], "state = 'new'")
    _index("ix_poll_log_unended", "poll_log", ["started_at"], "ended_at IS NULL")
    counts = ("polls", "failed", "posts", "well", "first_posts", "later_posts")
    zero = sa.text("0")
    op.create_table(
        "poll_hour",
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("hour", Utc(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default=zero, nullable=False) for name in counts),
        sa.Column("cost", sa.Float(), server_default=zero, nullable=False),
        sa.Column("first_at", Utc()),
        sa.Column("last_at", Utc()),
        sa.PrimaryKeyConstraint("listener", "query", "hour", name="pk_poll_hour"),
        sqlite_with_rowid=False,
    )
    hour = "date_trunc('hour', started_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
    if sqlite:
        hour = "substr(started_at, 1, 13) || ':00:00.000000'"
    op.execute(
        f"""
        INSERT INTO poll_hour (listener, query, hour, polls, failed, posts, cost, well, first_at, last_at,
                               first_posts, later_posts)
        SELECT listener, query, hour, count(*), sum(1 - well), sum(posts), sum(cost), sum(well),
               min(CASE WHEN well = 1 THEN started_at END), max(CASE WHEN well = 1 THEN started_at END),
               coalesce(sum(CASE WHEN well = 1 AND turn = 1 THEN posts END), 0),
               coalesce(sum(CASE WHEN well = 1 AND turn > 1 THEN posts END), 0)
        FROM (
            SELECT listener, query, hour, started_at, posts, cost, well,
                   row_number() OVER (
                       PARTITION BY listener, query, hour, well ORDER BY started_at, id) AS turn
            FROM (
                SELECT id, listener, query, {hour} AS hour, started_at, posts, cost,
                       CASE WHEN error_kind = '' THEN 1 ELSE 0 END AS well
                FROM poll_log WHERE ended_at IS NOT NULL) AS ended) AS turned
        GROUP BY listener, query, hour
        """  # noqa: S608 (the piece stands above)
    )


def downgrade() -> None:
    """Forget the hours; the polls of the last weeks are kept."""
    op.drop_table("poll_hour")
    op.drop_index("ix_poll_log_unended", "poll_log")
    for name in ("ix_cases_open", "ix_cases_closed", "ix_cases_free"):
        op.drop_index(name, "cases")
    op.create_index("ix_cases_queue", "cases", ["is_open", *_ORDER])
    op.create_index("ix_cases_claim", "cases", ["state", *_ORDER])


def _index(name: str, table: str, columns: Sequence[str | sa.TextClause], where: str) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=there, postgresql_where=there)
