"""The read budget in dollars: kept over polls and queries, and told when it is spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from earnest.ledger import Ledger
from earnest.pipeline import PollReport, listen
from earnest.settings import DeskSettings, Settings
from listeners.listener import Listener
from listeners.sources import XSource
from listeners.x import x_listeners
from routing.rules import Rules
from tests.listeners.x_world import TOKEN, XWorld
from tests.new_ledger import new_ledger


@dataclass
class Desk:
    """A world, a ledger on its time, and a source with 15 cents a day."""

    world: XWorld
    ledger: Ledger
    settings: Settings
    listeners: list[Listener]

    def listen(self) -> PollReport:
        """One pass over the source."""
        (report,) = listen(self.settings, self.ledger, listeners=self.listeners, clock=self.world.clock)
        return report


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Everything set up."""
    world = XWorld()
    database = new_ledger(tmp_path / "ledger.db")
    with world.serve() as server, Ledger.open(database, clock=world.clock) as ledger:
        source = XSource(
            kind="x",
            name="x",
            base_url=server.url,
            queries=("larkspur",),
            page_size=10,
            parents=False,
            day_dollars=0.15,
            overlap_seconds=0,
        )
        settings = Settings(
            folder=tmp_path,
            sources=(source,),
            brands=(),
            rules=Rules(),
            desk=DeskSettings(),
            taxonomy=None,
            data_dir=tmp_path,
            database=database,
        )
        listeners: list[Listener] = list(x_listeners(source, (), token=TOKEN, clock=world.clock))
        yield Desk(world, ledger, settings, listeners)


def test_a_day_ends_when_its_money_is_spent_and_the_next_begins_anew(desk: Desk) -> None:
    """Thirty posts at half a cent; the rest of the walk is a gap, and status says why."""
    desk.world.grow(45)
    first = desk.listen()
    assert (first.intake.new, first.error_kind, first.cost) == (30, "Broke", pytest.approx(0.15))
    assert first.intake.gaps == 1
    (status,) = desk.ledger.statuses()
    assert "day_dollars" in status.error
    desk.world.grow(5)
    assert desk.listen().intake.new == 0
    desk.world.now += timedelta(days=1)
    next_day = desk.listen()
    assert (next_day.intake.new, next_day.error_kind) == (5, "")


def test_a_month_counts_all_its_days(desk: Desk) -> None:
    """What is left of the month bounds the day."""
    (source,) = desk.settings.sources
    assert isinstance(source, XSource)
    tight = source.model_copy(update={"month_dollars": 0.2})
    desk.settings = replace(desk.settings, sources=(tight,))
    costs = []
    for _ in range(3):
        desk.world.grow(45)
        costs.append(desk.listen().cost)
        desk.world.now += timedelta(days=1)
    assert costs == [pytest.approx(0.15), pytest.approx(0.05), 0.0]
