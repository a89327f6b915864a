"""How people like to work is kept for the name they work under, on both databases."""

from __future__ import annotations

import pytest

from earnest.ledger import Ledger
from earnest.ledger.habits import Habit, Habits, NoSuchView


def test_views_are_ones_own_or_everybodys(ledger: Ledger) -> None:
    """A name that differs in case alone is the same person; saving under one name replaces."""
    habits = Habits(ledger.database)
    habits.save("Ann Lee", "Money", "topic=billing")
    again = habits.save("ann  lee", "money", "topic=refund")
    shared = habits.save("Bob", "Night", "who=free", shared=True)
    assert [view.id for view in habits.views("ANN LEE")] == [shared.id, again.id]
    assert habits.views("ANN LEE")[1].filters == "topic=refund"
    assert habits.views("Cid") == [shared]


def test_a_view_is_dropped_and_restored_by_who_may(ledger: Ledger) -> None:
    """One's own, or any shared one with the right to; a name taken again since stands in the way."""
    habits = Habits(ledger.database)
    shared = habits.save("Bob", "Night", "who=free", shared=True)
    with pytest.raises(NoSuchView):
        habits.drop(shared.id, "Ann")
    assert habits.drop(shared.id, "Ann", others=True) == shared
    assert habits.views("Bob") == []
    habits.save("Bob", "night", "view=mine")
    with pytest.raises(NoSuchView, match="another view named Night"):
        habits.restore(shared.id, "Bob")


def test_keys_and_the_first_view_do_not_touch_each_other(ledger: Ledger) -> None:
    """Each is kept by itself; who never said has the desk's own."""
    habits = Habits(ledger.database)
    habits.open_with("Ann", "view=mine")
    habits.set_keys("Ann", {"next": "y", "news": ""})
    habits.open_with("ann", "view=free")
    assert habits.of("Ann") == Habit({"next": "y", "news": ""}, "view=free")
    assert habits.of("Bob") == Habit()
