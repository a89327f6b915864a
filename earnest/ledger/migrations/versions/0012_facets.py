"""The queue's filters on what was said, beside the case; and claims that write less.

Revision: 0012, after 0011.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

from earnest.ledger.tables import Id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ORDER: list[str | sa.TextClause] = [sa.text("priority DESC"), "waiting_since", "id"]
_FILTERS = ["queue", "state", "owner", "due", "brand", "source"]
_FACETS = ["severity", "urgency", "language", "topics"]
_OPEN = ("assigned", "new", "snoozed", "waiting_inside", "waiting_person")
_WORK = ("assigned", "snoozed", "waiting_inside", "waiting_person")
_AND_CLOSED = (*_OPEN, "dismissed", "resolved")
_STEPS = {
    ("take", "assigned"): _OPEN,
    ("release", "new"): _WORK,
    ("hand_over", "assigned"): _OPEN,
    ("wait_person", "waiting_person"): _OPEN,
    ("wait_inside", "waiting_inside"): _OPEN,
    ("snooze", "snoozed"): _OPEN,
    ("resolve", "resolved"): _OPEN,
    ("dismiss", "dismissed"): _OPEN,
    ("merge", "merged"): _AND_CLOSED,
    ("reopen", "new"): ("dismissed", "merged", "resolved"),
    ("hear", "new"): _AND_CLOSED,
    ("hear", "assigned"): ("assigned",),
    ("wake", "new"): ("snoozed",),
    ("withdraw", "withdrawn"): (*_AND_CLOSED, "merged"),
}
_CLAIM = """
CREATE FUNCTION claim_case(
    who text, now timestamptz, expires timestamptz, until text, of_queues text[], skills text[])
RETURNS bigint[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE taken record;
BEGIN
    IF of_queues IS NULL THEN {any}; ELSE {some}; END IF;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO case_event (case_id, at, who, action, before_state, after_state, before, after)
    VALUES (
        taken.id, claim_case.now, claim_case.who, 'take', 'new', 'assigned',
        json_build_object(
            'state', 'new', 'owner', NULL, 'lease_expires', NULL, 'epoch', taken.epoch - 1),
        json_build_object(
            'state', 'assigned', 'owner', claim_case.who, 'lease_expires', until,
            'epoch', taken.epoch));
    INSERT INTO case_work (case_id) VALUES (taken.id);
    RETURN ARRAY[taken.id, taken.epoch, taken.version];
END $$
"""
_BEST = """
UPDATE cases SET state = 'assigned', owner = claim_case.who, lease_expires = claim_case.expires,
    epoch = cases.epoch + 1, version = cases.version + 1
WHERE cases.id = (
    SELECT free.id FROM cases AS free WHERE free.state = 'new' {which} AND NOT EXISTS (
        SELECT 1 FROM case_skill WHERE case_skill.case_id = free.id AND case_skill.skill <> ALL (skills))
    ORDER BY free.priority DESC, free.waiting_since, free.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING cases.id, cases.epoch, cases.version INTO taken
"""
_OTHERS = ("answered", "note", "open", "reroute", "undo", "weigh")


def upgrade() -> None:
    """Copies of what the speaking mention says; a list of cases that changed; a quicker check of steps."""
    with _few_indices():
        op.drop_index("ix_cases_open", "cases")
        zero, empty = sa.text("0"), sa.text("''")
        op.add_column("cases", sa.Column("language", sa.String(8), server_default=empty, nullable=False))
        op.add_column("cases", sa.Column("severity", sa.Integer()))
        op.add_column("cases", sa.Column("urgency", sa.Integer(), server_default=zero, nullable=False))
        op.add_column("cases", sa.Column("topics", sa.Text(), server_default=empty, nullable=False))
        op.execute(
            """
            UPDATE cases SET language = m.language, urgency = m.urgency,
                severity = CASE WHEN m.complaint IS NOT NULL THEN m.severity END,
                topics = substr(CAST(m.topics AS TEXT), 1, 1000)
            FROM mention AS m WHERE m.id = cases.mention_id
            """
        )
    _open_index([*_FILTERS, *_FACETS])
    op.create_table(
        "case_work",
        sa.Column("id", Id, nullable=False),
        sa.Column("case_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_work"),
    )
    if not _sqlite():
        some = "AND free.queue = ANY (of_queues)"
        op.execute(_CLAIM.format(any=_BEST.format(which=""), some=_BEST.format(which=some)))
        steps = [f"{action} {start} {end}" for (action, end), starts in _STEPS.items() for start in starts]
        op.execute(
            f"""
            CREATE FUNCTION case_event_step(action text, before_state text, after_state text)
            RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN
                RETURN action IN ({_either(_OTHERS)})
                    OR action || ' ' || before_state || ' ' || after_state IN ({_either(steps)});
            END $$
            """
        )
        op.drop_constraint(op.f("ck_case_event_steps"), "case_event", type_="check")
        op.create_check_constraint(
            op.f("ck_case_event_steps"), "case_event", "case_event_step(action, before_state, after_state)"
        )


def downgrade() -> None:
    """Filters look at the mentions again. What changed since it was last indexed is indexed as one."""
    if not _sqlite():
        op.drop_constraint(op.f("ck_case_event_steps"), "case_event", type_="check")
        steps = [
            f"(action = '{action}' AND before_state IN ({_either(starts)}) AND after_state = '{end}')"
            for (action, end), starts in _STEPS.items()
        ]
        told = " OR ".join([*steps, f"action IN ({_either(_OTHERS)})"])
        op.create_check_constraint(op.f("ck_case_event_steps"), "case_event", told)
        op.execute("DROP FUNCTION case_event_step(text, text, text)")
        op.execute("DROP FUNCTION claim_case(text, timestamptz, timestamptz, text, text[], text[])")
    changed = "case_id IN (SELECT case_id FROM case_work) AND present"
    op.execute(f"UPDATE mention SET index_version = index_version + 1 WHERE {changed}")  # noqa: S608
    op.execute(
        f"""
        INSERT INTO index_work (document, version, mention_id)
        SELECT document, index_version, id FROM mention WHERE {changed}
        ON CONFLICT (document) DO UPDATE SET version = excluded.version, mention_id = excluded.mention_id
        """  # noqa: S608 (the piece stands above)
    )
    op.drop_table("case_work")
    op.drop_index("ix_cases_open", "cases")
    for name in _FACETS:
        op.drop_column("cases", name)
    _open_index(_FILTERS)


@contextmanager
def _few_indices() -> Iterator[None]:
    """PostgreSQL writes each row of an update into every index; they are made anew in a third of that."""
    conn = op.get_bind()
    if _sqlite():
        yield
        return
    kept = "indexname NOT IN ('pk_cases', 'ix_cases_open')"
    which = f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'cases' AND {kept}"  # noqa: S608
    made = conn.execute(sa.text(f"{which} AND schemaname = current_schema()")).all()
    for name, _ in made:
        op.drop_index(name, "cases")
    yield
    for _, definition in made:
        op.execute(definition)


def _open_index(filters: list[str]) -> None:
    is_open = sa.text("is_open = 1" if _sqlite() else "is_open")
    op.create_index(
        "ix_cases_open", "cases", [*_ORDER, *filters], sqlite_where=is_open, postgresql_where=is_open
    )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _either(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
