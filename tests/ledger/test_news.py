"""What is new since somebody looked."""

from __future__ import annotations

from earnest.ledger import Ledger, news
from tests.ledger.world import open_case


def test_arrivals_are_counted_among_the_latest_events(small: Ledger) -> None:
    """However long ago one asks for; whoever asks from the beginning does not have every event read."""
    for number in range(3):
        open_case(small, str(number), who=f"p{number}")
    assert news.arrivals(small.database, [], 0) == 3
    assert news.arrivals(small.database, [], small.last_event() - 1) == 1
    assert news.arrivals(small.database, [], 0, looked=2) == 2
