"""Other people's cases with the same problem are linked by what they share, and never merged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from earnest.ledger import Ledger
from earnest.ledger.case_words import telling
from earnest.ledger.elsewhere import elsewhere, set_apart
from earnest.ledger.errors import NoSuchCase
from routing.case import Action, IllegalTransition
from tests.ledger.world import at, hear, post, work_off

STREET = "Larkspur fibre is dead in Ashby Road since the storm"
SAME = "Hey Larkspur my neighbours and I on Ashby Road have no fibre"
OTHER = "Larkspur took the payment twice and nobody refunds me"


def _say(ledger: Ledger, pk: str, text: str, who: str, **more: object) -> int:
    """The case that this post opens."""
    before = {row.case_id for row in ledger.queue().rows}
    hear(ledger, post(pk, text, who, **more))
    work_off(ledger)
    return next(row.case_id for row in ledger.queue().rows if row.case_id not in before)


def test_two_people_with_one_problem_are_linked(ledger: Ledger) -> None:
    """Both ways, with the words they share and since when; both stay cases of their own."""
    first = _say(ledger, "1", STREET, "ann")
    second = _say(ledger, "2", SAME, "bob")
    third = _say(ledger, "3", OTHER, "cleo")
    found = elsewhere(ledger.database, second)
    assert found is not None
    assert (found.people, found.began) == (2, at(1))
    assert [(one.case_id, one.handle, set(one.shared)) for one in found.cases] == [
        (first, "ann", {"ashby", "road", "fibre"})
    ]
    back = elsewhere(ledger.database, first)
    assert back is not None
    assert [one.case_id for one in back.cases] == [second]
    assert elsewhere(ledger.database, third) is None
    assert ledger.queue().total_open == 3


def test_long_ago_is_another_problem(small: Ledger) -> None:
    """More than a week lies between them."""
    _say(small, "1", STREET, "ann", created_at=at(0) - timedelta(days=8))
    assert elsewhere(small.database, _say(small, "2", SAME, "bob")) is None


def test_a_persons_own_cases_are_not_elsewhere(small: Ledger) -> None:
    """They are earlier with us, or the same case."""
    _say(small, "1", STREET, "ann")
    assert elsewhere(small.database, _say(small, "2", SAME, "ann")) is None


def test_what_many_say_tells_nothing(small: Ledger) -> None:
    """Of a hundred who say "fibre" and "slow", each means their own; a street is told by three."""
    hear(small, *(post(str(n), f"Larkspur slow fibre, house{n} alley{n}", f"p{n}") for n in range(10, 110)))
    work_off(small)
    lone = _say(small, "5", "my Larkspur fibre is so slow", "ann")
    assert elsewhere(small.database, lone) is None
    _say(small, "6", STREET, "bob")
    found = elsewhere(small.database, _say(small, "7", SAME, "cleo"))
    assert found is not None
    assert found.people == 2


def test_who_repeats_the_words_counts(small: Ledger) -> None:
    """A near-copy opens no case and is a person who reports it all the same."""
    words = (
        "Larkspur has been down since this morning and nobody on the phone can tell me when it will be back"
    )
    first = _say(small, "1", words, "ann")
    hear(small, post("2", words + " today", "bob"))
    work_off(small)
    found = elsewhere(small.database, first)
    assert found is not None
    assert (found.people, found.copies, found.cases) == (2, 1, ())


def test_not_the_same_is_remembered_and_taken_back(ledger: Ledger) -> None:
    """On both cases; as a note that says who and which."""
    first, second = _say(ledger, "1", STREET, "ann"), _say(ledger, "2", SAME, "bob")
    set_apart(ledger.database, second, first, responder="tom")
    for one, other in ((first, second), (second, first)):
        found = elsewhere(ledger.database, one)
        assert found is not None
        assert (found.people, found.cases, found.apart) == (1, (), (other,))
    event = ledger.case(second).events[-1]
    assert (event.who, event.reason, event.after) == ("tom", "not_same", {"other": first})
    with pytest.raises(IllegalTransition, match="already"):
        set_apart(ledger.database, first, second, responder="tom")
    set_apart(ledger.database, first, second, responder="ann", same=True)
    found = elsewhere(ledger.database, first)
    assert found is not None
    assert found.people == 2


def test_nothing_is_set_apart_from_what_is_not_there(small: Ledger) -> None:
    """By its number."""
    first = _say(small, "1", STREET, "ann")
    with pytest.raises(NoSuchCase, match="99"):
        set_apart(small.database, first, 99, responder="tom")


def test_what_is_dismissed_is_no_problem_elsewhere(small: Ledger) -> None:
    """Nor what was merged or withdrawn."""
    first, second = _say(small, "1", STREET, "ann"), _say(small, "2", SAME, "bob")
    small.act(first, Action.DISMISS, responder="tom", epoch=None, version=1, reason="spam")
    assert elsewhere(small.database, second) is None


def test_forgotten_words_link_nobody(ledger: Ledger) -> None:
    """They are gone from what is compared."""
    _say(ledger, "1", STREET, "ann")
    second = _say(ledger, "2", SAME, "bob")
    ledger.forget("x", "id-ann")
    assert elsewhere(ledger.database, second) is None
    with ledger.database.read() as conn:
        words = "SELECT count(*) FROM case_word WHERE case_id <> :case"
        assert conn.exec_driver_sql(words.replace(":case", str(second))).scalar_one() == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@LarkspurHelp please help, Larkspur is not working https://larkspur.example/x", []),
        ("#Leeds leeds LEEDS outage", ["leed", "outag"]),
        ("", []),
    ],
)
def test_which_words_tell(text: str, words: list[str]) -> None:
    """Not the brand, not links or handles, not what everybody says."""
    assert telling("", text, "Larkspur") == words
