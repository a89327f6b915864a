"""What is gone there is gone here: words, names, traces; and it does not come back."""

from __future__ import annotations

import sqlite3

from sqlalchemy import select

from earnest.ledger import Ledger
from earnest.ledger.tables import metadata
from earnest.ledger.views import Intake, Receipt
from listeners.post import Deletion, DeletionWhy, Kind, SetAside
from routing.case import Action, State
from tests.clock import NOON
from tests.ledger.world import LONG, hear, open_case, post, reply, route, understand, work_off


def _gone(ledger: Ledger, *ids: str) -> Intake:
    return hear(ledger, deletions=tuple(Deletion("x", pk, NOON, DeletionWhy.DELETED) for pk in ids))


def _everything(ledger: Ledger) -> str:
    """Every value of every table, as text."""
    with ledger.database.read() as conn:
        return "\n".join(
            str(tuple(row)) for table in metadata.sorted_tables for row in conn.execute(select(table))
        )


def test_a_deleted_post_is_erased_everywhere(ledger: Ledger) -> None:
    """Its words before and after the edit, its author, what was quoted of it, what could not be read."""
    hear(
        ledger,
        post("1", "Larkspur secret one", who="joe"),
        set_aside=(SetAside("x", "secret raw", "w", id="1"),),
    )
    work_off(ledger)
    hear(ledger, post("1", "Larkspur secret two", who="joe", revision="2"))
    work_off(ledger)
    case_id = ledger.queue().rows[0].case_id
    ledger.note(case_id, responder="ann", note="says secret things")
    assert _gone(ledger, "1").deleted == 1
    left = _everything(ledger)
    for trace in ("secret", "joe", "Joe", "https://x.example"):
        assert trace not in left
    assert ledger.case(case_id).case.state is State.WITHDRAWN
    assert ledger.why("x", "1").words == "This post was erased on 2026-08-03 (deleted)."


def test_search_is_told(ledger: Ledger) -> None:
    """Its document must go."""
    open_case(ledger)
    (taken,) = ledger.documents_to_index()
    ledger.mark_indexed([taken])
    _gone(ledger, "1")
    (work,) = ledger.documents_to_index()
    assert (work.id, work.document) == (taken.id, None)
    assert work.version > taken.version


def test_it_does_not_come_back(ledger: Ledger) -> None:
    """Not by a late page, not as context."""
    open_case(ledger)
    _gone(ledger, "1")
    assert hear(ledger, post("1"), context=(post("1"),)) == Intake(known=1)
    assert not ledger.posts_to_analyze()
    assert _gone(ledger, "1").deleted == 0


def test_a_case_lives_while_a_post_is_left(ledger: Ledger) -> None:
    """Another post then speaks for it."""
    case_id = open_case(ledger)
    hear(ledger, reply("2", "1", "Larkspur, hello?"))
    work_off(ledger)
    _gone(ledger, "1")
    row = ledger.case(case_id).case
    assert (row.state, row.text, row.handle) == (State.NEW, "Larkspur, hello?", "joe")
    _gone(ledger, "2")
    assert ledger.case(case_id).case.state is State.WITHDRAWN


def test_reposts_go_with_their_original(ledger: Ledger) -> None:
    """They repeat the words; other people's posts stay."""
    hear(
        ledger, post("1"), post("2", "RT words", "ann", kind=Kind.REPOST, parent_id="1"), post("3", who="bea")
    )
    assert _gone(ledger, "1").deleted == 2
    assert "RT words" not in _everything(ledger)
    assert [work.post.id for work in ledger.posts_to_analyze()] == ["3"]


def test_a_repost_that_is_gone_is_no_echo(ledger: Ledger) -> None:
    """The original stays."""
    hear(ledger, post("1"), post("2", "RT", "ann", kind=Kind.REPOST, parent_id="1"))
    work_off(ledger)
    _gone(ledger, "2")
    assert ledger.queue().rows[0].echoes == 0


def test_copies_of_what_is_gone_find_a_new_first(ledger: Ledger) -> None:
    """The words are still out there, said by others."""
    hear(ledger, *(post(str(n), LONG, who=f"p{n}") for n in (1, 2, 3)))
    work_off(ledger)
    assert ledger.queue().total_open == 1
    _gone(ledger, "1")
    understand(ledger)
    route(ledger)
    (row,) = ledger.queue().rows
    assert (row.handle, row.echoes) == ("p2", 1)


def test_a_forgotten_person_is_gone(ledger: Ledger) -> None:
    """All posts, with a receipt; what they say later is not taken in."""
    open_case(ledger)
    hear(ledger, post("2", "Larkspur again"), post("3", who="bea"))
    work_off(ledger)
    assert ledger.forget("x", "id-joe") == Receipt(people=1, posts=2, mentions=2, cases=2)
    left = _everything(ledger)
    assert "joe" not in left
    assert "'2'" not in left
    assert hear(ledger, post("4"), post("1")) == Intake(known=2)
    assert ledger.queue().total_open == 1


def test_whom_we_never_heard_is_forgotten_too(ledger: Ledger) -> None:
    """The wish stands for what comes."""
    assert ledger.forget("x", "id-joe") == Receipt()
    assert hear(ledger, post("1")) == Intake(known=1)


def test_the_wish_to_be_left_alone_outlives_the_name(ledger: Ledger) -> None:
    """A person whose posts are gone comes back, and is still left alone."""
    open_case(ledger)
    assert ledger.leave_alone("x", "id-joe") == Receipt(people=1)
    _gone(ledger, "1")
    hear(ledger, post("2"))
    work_off(ledger)
    assert ledger.queue().rows[0].left_alone


def test_a_withdrawn_case_stays_shut(ledger: Ledger) -> None:
    """A new post of the person is a new case."""
    case_id = open_case(ledger)
    _gone(ledger, "1")
    hear(ledger, reply("2", "1"))
    assert work_off(ledger).cases_opened == 1
    assert ledger.case(case_id).case.state is State.WITHDRAWN


def test_a_closed_case_is_withdrawn_as_well(ledger: Ledger) -> None:
    """Erasure does not ask how it ended."""
    case_id = open_case(ledger)
    ledger.act(case_id, Action.RESOLVE, responder="ann", epoch=None, version=1)
    _gone(ledger, "1")
    assert ledger.case(case_id).case.state is State.WITHDRAWN


def test_erased_words_are_not_left_in_the_file(ledger: Ledger) -> None:
    """SQLite overwrites what it deletes, once the log is written back."""
    if ledger.engine.dialect.name != "sqlite":
        return
    open_case(ledger, text="Larkspur and the zanzibarian secret")
    _gone(ledger, "1")
    file = ledger.engine.url.database
    assert file is not None
    ledger.close()
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(file, "rb") as stored:  # noqa: PTH123
        assert b"zanzibarian" not in stored.read()
