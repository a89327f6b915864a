"""Mentions are kept for the revision they were made of, and copies are told from originals."""

from __future__ import annotations

from earnest.ledger import Ledger
from listeners.post import Kind
from tests.ledger.world import (
    LONG,
    WordAnalyzer,
    decide,
    hear,
    post,
    reply,
    route,
    understand,
    work_off,
)


def _routables(ledger: Ledger) -> dict[str, object]:
    return {work.routable.mention.post_id: work.routable for work in ledger.mentions_to_route()}


def test_a_mention_comes_back_as_it_was_understood(ledger: Ledger) -> None:
    """Spans, evidence and judgement survive."""
    hear(ledger, post("1"))
    (work,) = ledger.posts_to_analyze()
    (found,) = WordAnalyzer().mentions(work.post)
    ledger.record_mentions([(work, (found,))])
    (routed,) = ledger.mentions_to_route()
    kept = routed.routable.mention
    assert kept.judgement == found.judgement
    assert (kept.spans, kept.language, kept.brand) == (found.spans, found.language, found.brand)


def test_understanding_twice_changes_nothing(ledger: Ledger) -> None:
    """A late result of the same revision is dropped."""
    hear(ledger, post("1"))
    works = ledger.posts_to_analyze()
    done = list(zip(works, WordAnalyzer().analyze((w.post, w.parent) for w in works), strict=True))
    assert ledger.record_mentions(done) == 1
    before = ledger.canonical()
    assert ledger.record_mentions(done) == 0
    assert ledger.canonical() == before


def test_a_result_of_an_old_revision_is_dropped(ledger: Ledger) -> None:
    """The post was edited while it was understood; it stays to be done."""
    hear(ledger, post("1"))
    works = ledger.posts_to_analyze()
    done = list(zip(works, WordAnalyzer().analyze((w.post, w.parent) for w in works), strict=True))
    hear(ledger, post("1", "Larkspur, thanks", revision="2"))
    assert ledger.record_mentions(done) == 0
    assert ledger.posts_to_analyze()[0].revision == 2


def test_the_same_result_again_is_not_decided_again(ledger: Ledger) -> None:
    """An edit that changes nothing for the mention leaves the decision alone."""
    hear(ledger, post("1"))
    work_off(ledger)
    hear(ledger, post("1", revision="2"))
    understand(ledger)
    assert not ledger.mentions_to_route()


def test_an_edit_that_matters_is_decided_again(ledger: Ledger) -> None:
    """Other words, another decision; every decision is kept."""
    hear(ledger, post("1", "Larkspur, thanks"))
    work_off(ledger)
    hear(ledger, post("1", "Larkspur is down", revision="2"))
    assert work_off(ledger).cases_opened == 1
    (mention,) = ledger.why("x", "1").mentions
    assert [decision.outcome for decision in mention.decisions] == ["route", "dismiss"]


def test_a_brand_that_is_no_longer_named_leaves_search(ledger: Ledger) -> None:
    """The mention goes from search; nothing is left to route."""
    hear(ledger, post("1", "Larkspur, thanks"))
    work_off(ledger)
    ledger.mark_indexed(ledger.documents_to_index())
    hear(ledger, post("1", "never mind", revision="2"))
    work_off(ledger)
    (work,) = ledger.documents_to_index()
    assert work.document is None


def test_the_same_words_by_another_are_an_echo(ledger: Ledger) -> None:
    """The copy names its original, and the original counts it."""
    hear(ledger, post("1", LONG), post("2", LONG + "!", who="ann"))
    understand(ledger)
    found = {w.routable.mention.post_id: w.routable for w in ledger.mentions_to_route()}
    assert found["2"].mention.duplicate_of == ("x", "1")
    assert found["1"].mention.duplicate_of is None
    assert found["1"].thread.echoes == 1


def test_a_copy_in_a_later_batch_finds_its_original(ledger: Ledger) -> None:
    """Fingerprints are looked up in the ledger too, and the original is weighed again."""
    hear(ledger, post("1", LONG))
    work_off(ledger)
    hear(ledger, post("2", LONG, who="ann"))
    understand(ledger)
    found = {w.routable.mention.post_id: w.routable for w in ledger.mentions_to_route()}
    assert found["2"].mention.duplicate_of == ("x", "1")
    assert found["1"].thread.echoes == 1


def test_ones_own_words_again_are_no_copy(ledger: Ledger) -> None:
    """Who repeats themselves is heard twice; a third person copies the first of them."""
    hear(ledger, post("1", LONG), post("2", LONG), post("3", LONG, who="ann"))
    understand(ledger)
    works = ledger.mentions_to_route()
    route(ledger)
    assert [w.routable.mention.duplicate_of for w in works if w.routable.mention.post_id == "1"] == [None]
    copies = {p: ledger.why("x", p).mentions[0].decisions[0].outcome for p in "123"}
    assert copies == {"1": "route", "2": "route", "3": "dismiss"}


def test_batches_do_not_matter(ledger: Ledger) -> None:
    """One at a time finds the same copies as all at once."""
    hear(ledger, *(post(str(n), LONG, who=f"p{n}") for n in range(1, 6)))
    understand(ledger, limit=1)
    works = {w.routable.mention.post_id: w.routable.mention.duplicate_of for w in ledger.mentions_to_route()}
    assert works == {"1": None} | {str(n): ("x", "1") for n in range(2, 6)}


def test_echoes_are_weighed_at_powers_of_two(ledger: Ledger) -> None:
    """A story with many echoes costs a handful of decisions."""
    hear(ledger, post("1"))
    work_off(ledger)
    decided = 0
    for n in range(2, 34):
        hear(ledger, post(str(n), "RT", f"p{n}", kind=Kind.REPOST, parent_id="1"))
        works = ledger.mentions_to_route()
        decided += len(works)
        ledger.record_decisions([(work, decide(work)) for work in works])
    assert decided == 6  # at 1, 2, 4, 8, 16 and 32 echoes
    assert ledger.queue().rows[0].echoes == 32


def test_a_post_that_cannot_be_understood_is_set_aside(ledger: Ledger) -> None:
    """It is out of the way until it changes."""
    hear(ledger, post("1"))
    (work,) = ledger.posts_to_analyze()
    ledger.set_post_aside(work, "could not be understood: ValueError")
    assert not ledger.posts_to_analyze()
    assert ledger.statistics()["listeners"]["source"]["why_set_aside"]
    hear(ledger, post("1", "Larkspur", revision="2"))
    assert ledger.posts_to_analyze()


def test_an_answer_knows_its_parent(ledger: Ledger) -> None:
    """Also when the parent was heard later."""
    hear(ledger, reply("2", "1"))
    hear(ledger, post("1", "Who else?", who="ann"))
    works = {work.post.id: work for work in ledger.posts_to_analyze()}
    parent = works["2"].parent
    assert parent is not None
    assert parent.text == "Who else?"
