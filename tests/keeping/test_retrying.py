"""What was set aside is tried again: read after a fix, understood after a fix, or left with its reason."""

from __future__ import annotations

import json
from typing import Any

from earnest.ledger import Ledger
from earnest.retrying import retry
from listeners.listener import Batch
from listeners.post import SetAside
from tests.ledger.world import hear, post, understand
from tests.listeners.crash import stored

GOOD = {"id": "1558553189766631629", "text": "larkspur is down", "author_id": "7"}


def aside(ledger: Ledger, raw: Any, source: str = "x", **more: Any) -> None:
    """Set one item aside, as an older version would have."""
    text = raw if isinstance(raw, str) else json.dumps(raw)
    item = SetAside(source, text, **({"why": "an older fault", "place": "page 1"} | more))
    ledger.commit_batch("s", Batch({"v": 1}, set_aside=(item,)), query="q", source=source)


def test_what_can_be_read_now_is_stored_and_let_go(ledger: Ledger) -> None:
    """Under its own listener; the cursor of its query stays where it was."""
    aside(ledger, GOOD)
    report = retry(ledger)
    assert (report.read, report.still) == (1, 0)
    assert stored(ledger) == [GOOD["id"]]
    assert ledger.set_asides() == []
    assert ledger.state("s", "q") == {"v": 1}


def test_what_still_cannot_be_read_stays_with_its_reason(ledger: Ledger) -> None:
    """And says when it was tried."""
    aside(ledger, {"id": "nonsense"})
    report = retry(ledger)
    assert (report.read, report.still) == (0, 1)
    (left,) = ledger.set_asides()
    assert left.why == "an older fault"
    assert left.retried_at == ledger.clock()


def test_items_of_reddit_and_of_files_are_read_by_their_shape(ledger: Ledger) -> None:
    """A comment with its wrapping; a line of an archive."""
    comment = {
        "kind": "t1",
        "data": {"name": "t1_a", "body": "b", "link_id": "t3_s", "parent_id": "t3_s", "created_utc": 1.5e9},
    }
    aside(ledger, comment, "reddit")
    aside(ledger, GOOD, "import")
    assert retry(ledger).read == 2
    assert sorted(stored(ledger)) == [GOOD["id"], "t1_a"]


def test_rows_of_tables_and_other_networks_are_left(ledger: Ledger) -> None:
    """Their raw form says too little."""
    aside(ledger, "1,two,three")
    aside(ledger, "<entry/>", "blog")
    assert retry(ledger).left == 2
    assert len(ledger.set_asides()) == 2


def test_a_post_that_was_not_understood_is_put_back(ledger: Ledger) -> None:
    """The next pass understands it."""
    hear(ledger, post("1"))
    (work,) = ledger.posts_to_analyze()
    ledger.set_post_aside(work, "could not be understood: a fault")
    assert understand(ledger) == 0
    assert retry(ledger).understood == 1
    assert understand(ledger) == 1
    assert ledger.set_asides() == []


def test_only_one_source_may_be_tried(ledger: Ledger) -> None:
    """By the name it was heard under."""
    aside(ledger, GOOD)
    assert retry(ledger, listener="another").read == 0
    assert len(ledger.set_asides("s")) == 1
