"""Search is told of every change, in the transaction of the change."""

from __future__ import annotations

from earnest.ledger import Ledger
from routing.case import Action
from tests.ledger.world import hear, open_case, post, reply, work_off


def test_a_routed_mention_is_a_document(ledger: Ledger) -> None:
    """With its words, its judgement and its case."""
    case_id = open_case(ledger)
    (work,) = ledger.documents_to_index()
    document = work.document
    assert document is not None
    assert (document.id, document.version) == (work.id, work.version)
    assert (document.text, document.author, document.severity) == (
        "Larkspur is down again",
        "joe",
        "accusation",
    )
    assert (document.case_id, document.status, document.queue) == (case_id, "new", "care")


def test_a_dismissed_mention_is_a_document_too(ledger: Ledger) -> None:
    """Search holds every mention."""
    hear(ledger, post("1", "Larkspur, thanks"))
    work_off(ledger)
    (work,) = ledger.documents_to_index()
    assert work.document is not None
    assert work.document.status == "dismissed"


def test_a_case_that_changes_is_indexed_again(ledger: Ledger) -> None:
    """All its mentions, at newer versions."""
    case_id = open_case(ledger)
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    before = {work.id: work.version for work in ledger.documents_to_index()}
    ledger.mark_indexed(ledger.documents_to_index())
    version = ledger.case(case_id).case.version
    ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=None, version=version)
    after = ledger.documents_to_index()
    assert {work.id for work in after} == before.keys()
    assert all(work.version > before[work.id] for work in after)
    assert {work.document.status for work in after if work.document} == {"resolved"}


def test_what_changes_while_it_is_indexed_stays_to_be_done(ledger: Ledger) -> None:
    """Only the version that went in is struck."""
    open_case(ledger)
    works = ledger.documents_to_index()
    hear(ledger, reply("2", "1"))
    work_off(ledger)
    ledger.mark_indexed(works)
    assert works[0].id in {work.id for work in ledger.documents_to_index()}


def test_everything_can_be_indexed_anew(ledger: Ledger) -> None:
    """For a search that starts empty."""
    open_case(ledger)
    hear(ledger, post("2", "Larkspur, thanks", who="ann"))
    work_off(ledger)
    ledger.mark_indexed(ledger.documents_to_index())
    assert ledger.reindex() == 2
    assert len(ledger.documents_to_index()) == 2
