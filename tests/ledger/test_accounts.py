"""Two accounts may be one person's: a suggestion with its evidence, until a responder says so."""

from __future__ import annotations

import pytest

from earnest.ledger import Ledger
from earnest.ledger.accounts import Account, accounts_of, judge, profiles_in
from earnest.ledger.handles import handle_key
from listeners.post import Author, Post
from routing.case import IllegalTransition
from tests.ledger.world import LONG, hear, post, work_off


def _person(ledger: Ledger, source: str, handle: str) -> int:
    with ledger.database.read() as conn:
        who = f"SELECT id FROM person WHERE source = '{source}' AND handle = '{handle}'"
        return int(conn.exec_driver_sql(who).scalar_one())


def _on(source: str, pk: str, text: str, handle: str) -> Post:
    return post(pk, text, source=source, author=Author(id=f"{source}-{handle}", handle=handle))


def _two(ledger: Ledger) -> tuple[int, int]:
    """One handle on X and on Reddit, each with a case."""
    hear(ledger, post("1", "Larkspur is down", "mayao"), _on("reddit", "2", "Larkspur is slow", "MayaO"))
    work_off(ledger)
    return _person(ledger, "x", "mayao"), _person(ledger, "reddit", "MayaO")


def _found(ledger: Ledger, person: int) -> list[Account]:
    return list(accounts_of(ledger.database, person))


def test_the_same_handle_is_a_suggestion(ledger: Ledger) -> None:
    """Both ways; nothing is joined by it."""
    x, reddit = _two(ledger)
    (account,) = _found(ledger, x)
    assert (account.person_id, account.source, account.verdict, account.cases) == (
        reddit,
        "reddit",
        "open",
        (),
    )
    assert [sign.how for sign in account.signs] == ["handle"]
    assert [one.person_id for one in _found(ledger, reddit)] == [x]
    assert not any(ledger.case(row.case_id).earlier for row in ledger.queue().rows)


def test_a_link_to_ones_profile_is_a_suggestion(small: Ledger) -> None:
    """With the words that hold it; a link to somebody's post, or to the brand, is none."""
    hear(
        small,
        post("1", "Larkspur is down, more at https://www.reddit.com/user/m-okafor", "mayao"),
        post(
            "2",
            "Larkspur see https://reddit.com/r/larkspur/1 and https://bsky.app/profile/larkspur.example",
            "joe",
        ),
        _on("reddit", "3", "Larkspur again", "M-Okafor"),
        _on("bluesky", "4", "Larkspur here to help", "larkspur.example"),
    )
    work_off(small)
    with small.database.write() as conn:
        conn.exec_driver_sql("UPDATE mention SET own_voice = (1=1), judged = (1=0) WHERE source = 'bluesky'")
    (account,) = _found(small, _person(small, "x", "mayao"))
    assert account.handle == "M-Okafor"
    assert [(s.how, "reddit.com/user" in s.words) for s in account.signs] == [("link", True)]
    assert not _found(small, _person(small, "x", "joe"))


def test_the_same_words_on_both_are_a_suggestion(ledger: Ledger) -> None:
    """Unless many repeat them: a chain letter tells nothing of who posted it."""
    hear(ledger, post("1", LONG, "ann"), _on("reddit", "2", LONG, "other_name"))
    work_off(ledger)
    ann = _person(ledger, "x", "ann")
    assert [[s.how for s in one.signs] for one in _found(ledger, ann)] == [["text"]]
    hear(ledger, *(post(str(n), LONG, f"p{n}") for n in range(10, 14)))
    work_off(ledger)
    assert not _found(ledger, ann)


def test_who_says_so_is_kept_and_taken_back(small: Ledger) -> None:
    """Confirmed, it shows the other account's cases; every word stays on record."""
    x, reddit = _two(small)
    judge(small.database, x, reddit, "same", responder="tom")
    (account,) = _found(small, reddit)
    assert (account.verdict, account.who, len(account.cases)) == ("same", "tom", 1)
    with pytest.raises(IllegalTransition, match="already"):
        judge(small.database, reddit, x, "same", responder="ann")
    judge(small.database, reddit, x, "other", responder="ann")
    judge(small.database, x, reddit, "open", responder="ann")
    assert [one.verdict for one in _found(small, x)] == ["open"]
    with small.database.read() as conn:
        said = conn.exec_driver_sql("SELECT verdict, who FROM account_verdict ORDER BY id").all()
    assert [tuple(row) for row in said] == [("same", "tom"), ("other", "ann"), ("open", "ann")]


def test_nothing_is_joined_without_a_sign(small: Ledger) -> None:
    """Nobody links two people on a hunch."""
    hear(small, post("1", "Larkspur is down", "ann"), _on("reddit", "2", "Larkspur is slow", "bob"))
    work_off(small)
    with pytest.raises(IllegalTransition, match="nothing"):
        judge(small.database, 1, 2, "same", responder="tom")


def test_who_is_forgotten_is_nobodys_account(ledger: Ledger) -> None:
    """What was said of the two is gone too."""
    x, reddit = _two(ledger)
    judge(ledger.database, x, reddit, "same", responder="tom")
    ledger.forget("reddit", "reddit-MayaO")
    assert not _found(ledger, x)
    with ledger.database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM account_verdict").scalar_one() == 0


@pytest.mark.parametrize(
    ("source", "handle", "key"),
    [
        ("x", "@MayaO", "mayao"),
        ("mastodon", "mayao@social.example", "mayao"),
        ("bluesky", "mayao.bsky.social", "mayao"),
        ("bluesky", "maya.example", "maya.example"),
        ("reddit", "u/mayao", "mayao"),
        ("x", "jo", ""),
        ("x", "12345", ""),
        ("blog", "Maya Okafor", ""),
    ],
)
def test_what_a_handle_tells(source: str, handle: str, key: str) -> None:
    """The name without its network; nothing where it could be anybody's."""
    assert handle_key(source, handle) == key


@pytest.mark.parametrize(
    ("text", "profiles"),
    [
        ("https://x.com/mayao", [("x", "mayao")]),
        ("https://x.com/mayao/status/1 twitter.com/mayao/", [("x", "mayao")]),
        ("I am u/may-ao there", [("reddit", "may-ao")]),
        ("@mayao@social.example or https://social.example/@mayao", [("mastodon", "mayao@social.example")]),
        ("https://bsky.app/profile/mayao.bsky.social.", [("bluesky", "mayao.bsky.social")]),
        ("mail maya@larkspur.example, @mayao", []),
    ],
)
def test_which_profiles_a_text_names(text: str, profiles: list[tuple[str, str]]) -> None:
    """Links to a profile itself, and names as their networks write them."""
    assert profiles_in(text) == profiles
