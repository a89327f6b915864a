"""Messages that waited before the outbox could hold other things than cases still wait after it."""

from __future__ import annotations

from alembic import command
from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.outbox import Outbox
from earnest.ledger.schema import configuration
from earnest.ledger.telling_tables import attempts, deliveries, outbox
from tests.ledger.world import open_case


def test_what_waits_survives_the_migration_and_the_way_back(ledger: Ledger) -> None:
    """With its deliveries and the log of tries; on SQLite the table is made anew."""
    open_case(ledger)
    box = Outbox(ledger.database)
    message = box.take("desk")
    assert message is not None
    box.settle("desk", message, arrived=False, said="busy", seconds=1, again_at=ledger.clock())

    def held() -> list[list[tuple[object, ...]]]:
        columns = [outbox.c.key, outbox.c.case_id], [deliveries.c.tries], [attempts.c.said]
        with ledger.database.read() as conn:
            return [[tuple(row) for row in conn.execute(select(*some))] for some in columns]

    before = held()
    config = configuration()
    with ledger.database.write(durable=True) as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "0007")
        command.upgrade(config, "head")
    assert held() == before
    again = box.take("desk")
    assert again is not None
    assert (again.key, again.tries) == (message.key, 2)
