"""What comes in is stored once, in whole batches, with its cursor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from earnest.ledger import Ledger
from earnest.ledger.views import Intake
from listeners.listener import Batch, Retry
from listeners.post import Deletion, Gap, GapWhy, Kind, SetAside, Spread
from tests.clock import NOON, SetClock
from tests.ledger.world import at, hear, post, reply, understand


def test_a_post_is_stored_once(ledger: Ledger) -> None:
    """The same revision again is known."""
    assert hear(ledger, post("1"), post("2")) == Intake(new=2)
    assert hear(ledger, post("2"), post("3")) == Intake(new=1, known=1)


def test_a_post_twice_in_a_batch_is_one(ledger: Ledger) -> None:
    """Pages overlap also within a batch."""
    assert hear(ledger, post("1"), post("1")) == Intake(new=1, known=1)


def test_both_revisions_in_one_batch(ledger: Ledger) -> None:
    """The later one stands."""
    took = hear(ledger, post("1"), post("1", "Larkspur works again", revision="2"))
    assert took == Intake(new=1, revised=1)
    assert [work.post.text for work in ledger.posts_to_analyze()] == ["Larkspur works again"]


def test_a_changed_revision_is_understood_again(ledger: Ledger) -> None:
    """An edit is work, even after the post was understood."""
    hear(ledger, post("1"))
    understand(ledger)
    assert not ledger.posts_to_analyze()
    assert hear(ledger, post("1", "Larkspur, edited", revision="2")).revised == 1
    (work,) = ledger.posts_to_analyze()
    assert (work.post.text, work.post.revision, work.revision) == ("Larkspur, edited", "2", 2)


def test_an_old_revision_does_not_come_back(ledger: Ledger) -> None:
    """An archive or an overlapping page may bring what was superseded."""
    hear(ledger, post("1"))
    hear(ledger, post("1", "second", revision="2"))
    assert hear(ledger, post("1")) == Intake(known=1)
    assert ledger.posts_to_analyze()[0].post.text == "second"


def test_posts_come_back_as_they_were_said(ledger: Ledger) -> None:
    """Every field survives."""
    said = post(
        "7",
        "Grüße an @Larkspur 🙁\n\tdanke",
        title="Titel",
        language="de",
        conversation_id="3",
        parent_id="3",
        kind=Kind.REPLY,
        spread=Spread(1, 2, 3),
    )
    hear(ledger, said)
    assert [work.post for work in ledger.posts_to_analyze()] == [said]


@pytest.mark.parametrize("text", ["nul\x00byte", "half \ud83d pair"])
def test_what_no_database_keeps_is_replaced(ledger: Ledger, text: str) -> None:
    """NUL and lone surrogates neither fail nor reach the database."""
    hear(ledger, post("1", text))
    (work,) = ledger.posts_to_analyze()
    assert "\x00" not in work.post.text
    work.post.text.encode()


def test_counts_beyond_any_column_are_bounded(ledger: Ledger) -> None:
    """A network's nonsense is no error of ours."""
    hear(ledger, post("1", spread=Spread(-5, 2**70, 1)))
    assert ledger.posts_to_analyze()[0].post.spread == Spread(0, 2**31 - 1, 1)


def test_a_post_without_an_author_is_its_site(ledger: Ledger) -> None:
    """A feed's entry has no author, and stays without one."""
    hear(ledger, post("1", author=None, source="blog", url="https://news.example/1"))
    (work,) = ledger.posts_to_analyze()
    assert work.post.author is None


def test_context_is_kept_but_not_judged(ledger: Ledger) -> None:
    """A parent is there for its answer only."""
    hear(ledger, reply("2", "1"), context=(post("1", "Anyone else?", who="ann"),))
    (work,) = ledger.posts_to_analyze()
    assert work.post.id == "2"
    assert work.parent is not None
    assert work.parent.text == "Anyone else?"


def test_context_heard_for_itself_is_judged(ledger: Ledger) -> None:
    """What was a parent is found by a query later."""
    hear(ledger, context=(post("1"),))
    assert not ledger.posts_to_analyze()
    assert hear(ledger, post("1")).known == 1
    assert [work.post.id for work in ledger.posts_to_analyze()] == ["1"]


def test_a_repost_is_an_echo(ledger: Ledger) -> None:
    """It is never understood for itself."""
    hear(ledger, post("1"))
    hear(ledger, post("2", "RT", "ann", kind=Kind.REPOST, parent_id="1"))
    assert [work.post.id for work in ledger.posts_to_analyze()] == ["1"]
    understand(ledger)
    assert ledger.mentions_to_route()[0].routable.thread.echoes == 1


def test_reposts_heard_before_their_original_count(ledger: Ledger) -> None:
    """Networks tell the newest first."""
    hear(ledger, post("2", "RT", "ann", kind=Kind.REPOST, parent_id="1"))
    hear(ledger, post("1"))
    understand(ledger)
    assert ledger.mentions_to_route()[0].routable.thread.echoes == 1


def test_the_original_of_a_repost_is_judged(ledger: Ledger) -> None:
    """A query that finds only the repost brings the original as context; its words are what was said."""
    hear(ledger, post("2", "RT", "ann", kind=Kind.REPOST, parent_id="1"), context=(post("1"),))
    assert [work.post.id for work in ledger.posts_to_analyze()] == ["1"]


@pytest.mark.parametrize("order", [("1", "2", "3"), ("3", "2", "1"), ("2", "3", "1"), ("3", "1", "2")])
def test_a_chain_is_one_conversation_in_any_order(ledger: Ledger, order: tuple[str, ...]) -> None:
    """Where the network names no conversation, the root does."""
    chain = {"1": post("1"), "2": reply("2", "1"), "3": reply("3", "2")}
    for name in order:
        hear(ledger, chain[name])
    assert {work.post.conversation_id for work in ledger.posts_to_analyze()} == {"1"}


def test_the_cursor_moves_with_its_batch(ledger: Ledger) -> None:
    """State is kept per query."""
    assert ledger.state("source", "q") == {}
    ledger.commit_batch("source", Batch({"v": 1, "floor": "9"}), query="q", source="x")
    assert ledger.state("source", "q") == {"v": 1, "floor": "9"}
    assert ledger.state("source", "other") == {}


def test_a_batch_that_fails_leaves_nothing(ledger: Ledger) -> None:
    """Posts and cursor are one transaction."""
    ledger.commit_batch("source", Batch({"v": 1}), query="q", source="x")
    broken = Batch({"v": object()}, posts=(post("1"),))  # no JSON
    with pytest.raises(Exception, match="serializable"):
        ledger.commit_batch("source", broken, query="q", source="x")
    assert ledger.state("source", "q") == {"v": 1}
    assert not ledger.posts_to_analyze()


def test_gaps_are_kept_once(ledger: Ledger) -> None:
    """A hole that is found again is the same hole; its end may come later."""
    gap = Gap("x", "q", at(1), None, GapWhy.BUDGET)
    assert hear(ledger, gaps=(gap,)).gaps == 1
    assert hear(ledger, gaps=(replace(gap, end=at(5)), replace(gap, why=GapWhy.CAP))).gaps == 1
    assert ledger.statuses()[0].gaps == 2


def test_what_is_set_aside_is_kept_once(ledger: Ledger) -> None:
    """A broken item comes with every poll."""
    aside = SetAside("x", '{"broken": ', "no JSON", "entry 3")
    assert hear(ledger, set_aside=(aside,)).set_aside == 1
    assert hear(ledger, set_aside=(aside, replace(aside, raw="other"))).set_aside == 1
    assert ledger.statistics()["listeners"]["source"]["why_set_aside"] == {"no JSON": 2}


def test_a_status_tells_how_a_query_does(ledger: Ledger, clock: SetClock) -> None:
    """Asked, heard, failed, due, and what it cost."""
    ledger.poll_started("source", "x", "q")
    clock.move(seconds=5)
    ledger.commit_batch("source", Batch({"v": 1}, posts=(post("1"),), cost=0.25), query="q", source="x")
    ledger.poll_ended("source", "q", error=Retry("busy"), next_poll=clock() + timedelta(minutes=1))
    (status,) = ledger.statuses()
    assert (status.last_asked, status.last_heard) == (NOON, NOON + timedelta(seconds=5))
    assert (status.posts, status.items, status.cost) == (1, 1, 0.25)
    assert (status.error, status.error_kind, status.healthy) == ("busy", "Retry", False)
    assert status.next_poll == clock() + timedelta(minutes=1)
    failing = status.failing_since
    clock.move(minutes=1)
    ledger.poll_started("source", "x", "q")
    ledger.poll_ended("source", "q", error=Retry("still busy"), next_poll=None)
    assert ledger.statuses()[0].failing_since == failing
    ledger.poll_ended("source", "q", error=None, next_poll=None)
    assert ledger.statuses()[0].healthy


def test_a_deletion_before_the_post_keeps_it_out(ledger: Ledger) -> None:
    """What is gone does not come in by a late page."""
    assert hear(ledger, deletions=(Deletion("x", "1", NOON),)).deleted == 0
    assert hear(ledger, post("1")) == Intake(known=1)
    assert not ledger.posts_to_analyze()


def test_shards_share_the_work(ledger: Ledger) -> None:
    """Every post is in exactly one of them."""
    hear(ledger, *(post(str(n)) for n in range(1, 30)))
    shards = [{work.pk for work in ledger.posts_to_analyze(shard=(which, 3))} for which in range(3)]
    assert sum(map(len, shards)) == len(set.union(*shards)) == 29
