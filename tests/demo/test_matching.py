"""The search languages of the world's networks."""

from __future__ import annotations

import pytest

from earnest.demo.matching import REDDIT, QueryFault, Searchable, X, compile_query, words_of

POST = Searchable(
    words_of("The Larkspur Hub 4 at the Café drops @LarkspurHelp #down"),
    frozenset({"is:reply", "has:mentions"}),
    {
        "from": frozenset({"mags"}),
        "@": frozenset({"larkspurhelp"}),
        "#": frozenset({"down"}),
        "lang": frozenset({"en"}),
    },
    {"url": words_of("https://larkspur.example/status")},
)


@pytest.mark.parametrize(
    "query",
    [
        *("larkspur", "LARKSPUR hub", '"hub 4"', "cafe", "from:mags", "@LarkspurHelp", "#Down"),
        *(
            "nothing OR larkspur",
            "(nothing OR larkspur) hub",
            "larkspur -from:tom",
            "larkspur -(flower OR town)",
        ),
        *(
            'url:"larkspur.example"',
            "larkspur lang:en",
            "larkspur is:reply has:mentions",
            "nothing OR (hub 4)",
        ),
    ],
)
def test_a_query_finds_the_post(query: str) -> None:
    """Words in any case, phrases, operators, OR, groups and negation."""
    assert compile_query(query, X)(POST)


@pytest.mark.parametrize(
    "query",
    [
        *("flower", '"4 hub"', "from:tom", "larkspur -hub", "larkspur -(hub OR flower)", "@Larkspur"),
        *("larkspur is:retweet", 'url:"elsewhere.example"', "larkspur flower OR town", "lark"),
    ],
)
def test_a_query_does_not_find_the_post(query: str) -> None:
    """A word is a whole word, a phrase has an order, and every part must hold."""
    assert not compile_query(query, X)(POST)


@pytest.mark.parametrize(
    "query", ["(larkspur", "larkspur)", "", "OR", "foo:bar", "is:reply", '"', "-larkspur", "()"]
)
def test_x_refuses_what_it_cannot_read(query: str) -> None:
    """Broken brackets, unknown operators, and queries without anything to look for."""
    with pytest.raises(QueryFault):
        compile_query(query, X)


def test_reddit_takes_unknown_operators_for_words() -> None:
    """Reddit searches for foo:bar as for any words."""
    assert compile_query("hub:4", REDDIT)(POST)
    assert compile_query("larkspur AND NOT flower", REDDIT)(POST)
