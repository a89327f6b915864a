"""What people at the desk are told beside cases, and indices for the lead's page.

Revision: 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from earnest.ledger.tables import Id, Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BEFORE = ("opened", "urgent", "overdue", "resolved", "reopened", "came_back", "withdrawn")
_ADDED = ("handed_over", "called", "fuse", "deaf", "heard_again", "digest")
_ATTEMPT = ("id", "outbox_id", "target", "at", "arrived", "status", "said", "seconds")
_DELIVERY = ("outbox_id", "target", "tries", "next_at", "delivered_at", "dead_at")
_KEPT = ("id", "key", "topic", "case_id", "at", "due")


def upgrade() -> None:
    """A message may be about something else than a case; what waits to be told still does."""
    if op.get_bind().dialect.name == "sqlite":
        _made_anew((*_BEFORE, *_ADDED), about=True)
    else:
        op.drop_constraint("ck_outbox_topic", "outbox", type_="check")
        op.alter_column("outbox", "case_id", nullable=True)
        op.add_column(
            "outbox", sa.Column("about", sa.String(200), server_default=sa.text("''"), nullable=False)
        )
        op.create_check_constraint("ck_outbox_topic", "outbox", _topic((*_BEFORE, *_ADDED)))
        op.create_check_constraint("ck_outbox_something", "outbox", "case_id IS NOT NULL OR about <> ''")
    _index("uq_outbox_digest", "outbox", ["about", "due"], "topic = 'digest'", unique=True)
    _index("ix_outbox_about", "outbox", ["about", "id"], "about <> ''")
    op.create_index("ix_delivery_attempt_target_id", "delivery_attempt", ["target", "id"])
    op.create_index("ix_cases_opened_at", "cases", ["opened_at"])
    _index("ix_cases_waiting", "cases", ["waiting_since"], "is_open")
    _index("ix_case_event_answered", "case_event", ["at"], "action = 'answered'")


def downgrade() -> None:
    """Forget what is not about cases."""
    op.drop_index("ix_case_event_answered", "case_event")
    op.drop_index("ix_cases_waiting", "cases")
    op.drop_index("ix_cases_opened_at", "cases")
    op.drop_index("ix_delivery_attempt_target_id", "delivery_attempt")
    outbox = sa.table("outbox", sa.column("id"), sa.column("topic"))
    ours = outbox.c.topic.not_in(_BEFORE)
    for name in ("delivery_attempt", "delivery"):
        table = sa.table(name, sa.column("outbox_id"))
        op.execute(sa.delete(table).where(table.c.outbox_id.in_(sa.select(outbox.c.id).where(ours))))
    op.execute(sa.delete(outbox).where(ours))
    if op.get_bind().dialect.name == "sqlite":
        _made_anew(_BEFORE, about=False)
        return
    op.drop_index("ix_outbox_about", "outbox")
    op.drop_index("uq_outbox_digest", "outbox")
    for name in ("ck_outbox_something", "ck_outbox_topic"):
        op.drop_constraint(name, "outbox", type_="check")
    op.drop_column("outbox", "about")
    op.alter_column("outbox", "case_id", nullable=False)
    op.create_check_constraint("ck_outbox_topic", "outbox", _topic(_BEFORE))


def _made_anew(topics: tuple[str, ...], *, about: bool) -> None:
    """SQLite changes no constraint in place. Rows that point at the table step aside meanwhile."""
    aside = {"delivery_attempt": _ATTEMPT, "delivery": _DELIVERY, "outbox": _KEPT}
    for table, names in aside.items():
        some = ", ".join(names)
        op.execute(f"CREATE TEMPORARY TABLE kept_{table} AS SELECT {some} FROM {table}")  # noqa: S608 - our own names
        op.execute(sa.delete(sa.table(table)))
    op.drop_table("outbox")
    columns: list[SchemaItem] = [
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("case_id", Id, nullable=about),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("due", Utc()),
        sa.CheckConstraint(_topic(topics), name="ck_outbox_topic"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_outbox_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    ]
    if about:
        columns += [
            sa.Column("about", sa.String(200), server_default=sa.text("''"), nullable=False),
            sa.CheckConstraint("case_id IS NOT NULL OR about <> ''", name="ck_outbox_something"),
        ]
    op.create_table("outbox", *columns)
    for table, names in reversed(aside.items()):
        some = ", ".join(names)
        op.execute(f"INSERT INTO {table} ({some}) SELECT {some} FROM kept_{table}")  # noqa: S608 - our own names
        op.execute(f"DROP TABLE kept_{table}")
    op.create_index("ix_outbox_case_id", "outbox", ["case_id"])
    op.create_index("ix_outbox_at", "outbox", ["at"])
    _index("uq_outbox_urgent", "outbox", ["case_id"], "topic = 'urgent'", unique=True)
    _index("uq_outbox_overdue", "outbox", ["case_id", "due"], "topic = 'overdue'", unique=True)


def _topic(topics: tuple[str, ...]) -> str:
    return "topic IN ({})".format(", ".join(f"'{topic}'" for topic in sorted(topics)))


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=there, postgresql_where=there)
