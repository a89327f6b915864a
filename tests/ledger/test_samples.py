"""Samples and labels read alike on both databases."""

from __future__ import annotations

from datetime import timedelta

from earnest.auditing import draw
from earnest.ledger import Ledger
from earnest.ledger.judgements import SOLVED, gone, said
from earnest.ledger.samples import answer, items, sample
from routing.case import Action
from tests.clock import SetClock
from tests.ledger.world import hear, post, route, understand


def test_what_people_said_is_read_with_the_words_they_judged(ledger: Ledger, clock: SetClock) -> None:
    """A label, a solved case and a sample's answer; not an edited post, not one that is gone."""
    hear(
        ledger,
        post("1", "larkspur is down", "ann"),
        post("2", "thanks larkspur", "bob"),
        post("3", "nothing here works", "cleo"),
        post("4", "larkspur, oh larkspur", "dan"),
        post("5", "larkspur was down", "eve"),
    )
    understand(ledger)
    route(ledger)
    now = ledger.clock()
    view = draw(ledger.database, since=now - timedelta(days=9), until=now, size=10, seed=1, who="Priya")
    assert {one.name: one.population for one in view.strata} == {"brought": 3, "near": 1, "unmentioned": 1}
    place = next(one.place for one in items(ledger.database, view.id, waiting=True) if one.post.id == "3")
    assert answer(ledger.database, view.id, {place: "complaint"}, who="Priya") == 1
    read = sample(ledger.database, view.id)
    assert read is not None
    assert read.open == 4
    claim = ledger.claim_next("Priya")
    assert claim is not None
    ledger.act(claim.case_id, Action.RESOLVE, responder="Priya", epoch=claim.epoch, version=claim.version)
    for pk, word in (("2", "praise"), ("4", "spam"), ("5", "solved")):
        assert ledger.label("x", pk, "Larkspur", label=word, who="Priya")
    clock.move(minutes=1)
    hear(ledger, post("4", "larkspur, please", "dan", revision="2"))
    ledger.forget("x", "id-eve")
    told = {(one.post_id, one.brand, one.what) for one in said(ledger.database)}
    assert told == {("1", "Larkspur", SOLVED), ("3", "", "complaint"), ("2", "Larkspur", "praise")}
    assert gone(ledger.database, [("x", "5"), ("x", "1")]) == {("x", "5")}
