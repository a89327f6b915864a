"""What a case page needs: calls to colleagues, words in common, accounts of one person, other sleeps.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from earnest.ledger.handles import handle_key
from earnest.ledger.tables import Id, Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns. Cases from before are found by others once their person speaks again."""
    op.create_table(
        "case_call",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("event_id", Id, nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("seen_at", Utc()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_call_case_id"),
        sa.ForeignKeyConstraint(["event_id"], ["case_event.id"], name="fk_case_call_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_call"),
    )
    op.create_index("ix_case_call_case_id", "case_call", ["case_id"])
    _index("ix_case_call_unseen", "case_call", ["whom"], "seen_at IS NULL")
    op.create_table(
        "case_word",
        sa.Column("word", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_word_case_id"),
        sa.PrimaryKeyConstraint("word", "minute", "case_id", name="pk_case_word"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_word_case_id", "case_word", ["case_id"])
    op.create_table(
        "case_apart",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("undone_by", sa.Text()),
        sa.Column("undone_at", Utc()),
        sa.CheckConstraint("case_id < other_id", name="ck_case_apart_order"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_apart_case_id"),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name="fk_case_apart_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_apart"),
    )
    op.create_index("ix_case_apart_case_id", "case_apart", ["case_id"])
    op.create_index("ix_case_apart_other_id", "case_apart", ["other_id"])
    _index("uq_case_apart_once", "case_apart", ["case_id", "other_id"], "undone_at IS NULL", unique=True)
    op.create_table(
        "account_verdict",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("other_id", Id, nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("verdict IN ('same', 'other', 'open')", name="ck_account_verdict_verdict"),
        sa.CheckConstraint("person_id < other_id", name="ck_account_verdict_order"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_verdict_person_id"),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name="fk_account_verdict_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_verdict"),
    )
    op.create_index("ix_account_verdict_person_id", "account_verdict", ["person_id"])
    op.create_index("ix_account_verdict_other_id", "account_verdict", ["other_id"])
    op.add_column("person", sa.Column("handle_key", sa.Text(), server_default=sa.text("''"), nullable=False))
    _index("ix_person_handle_key", "person", ["handle_key"], "handle_key <> ''")
    _keys_of_those_we_know()
    kind = sa.Column("snoozed_for", sa.String(8), server_default=sa.text("''"), nullable=False)
    op.add_column("cases", kind)
    op.add_column("cases", sa.Column("asleep_over", sa.JSON()))
    op.execute("UPDATE cases SET snoozed_for = 'time' WHERE state = 'snoozed'")


def downgrade() -> None:
    """Forget them; what sleeps until something happens wakes."""
    op.execute(
        "UPDATE cases SET state = 'new', owner = NULL WHERE state = 'snoozed' AND snoozed_until IS NULL"
    )
    op.drop_column("cases", "asleep_over")
    op.drop_column("cases", "snoozed_for")
    op.drop_index("ix_person_handle_key", "person")
    op.drop_column("person", "handle_key")
    for table in ("account_verdict", "case_apart", "case_word", "case_call"):
        op.drop_table(table)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=there, postgresql_where=there)


def _keys_of_those_we_know() -> None:
    """Give everybody held their key, some thousand at a time."""
    names = ("id", "source", "handle", "handle_key")
    person = sa.table("person", *(sa.column(n) for n in names), sa.column("is_site", sa.Boolean))
    conn, last = op.get_bind(), 0
    known = sa.select(person.c.id, person.c.source, person.c.handle)
    known = known.where(~person.c.is_site, person.c.handle != "")
    while some := conn.execute(known.where(person.c.id > last).order_by(person.c.id).limit(5000)).all():
        last = some[-1].id
        keys = [{"pk": row.id, "key": handle_key(row.source, row.handle)} for row in some]
        change = sa.update(person).where(person.c.id == sa.bindparam("pk"))
        conn.execute(change.values(handle_key=sa.bindparam("key")), keys)
