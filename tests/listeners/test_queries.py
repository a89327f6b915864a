"""Queries: what the networks are asked, from brands as people write them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listeners.brand import Brand, Near
from listeners.listener import Refused
from listeners.queries import chosen, reddit_queries, x_own_answers, x_queries

LARKSPUR = Brand(
    name="Larkspur",
    handles=("Larkspur", "LarkspurHelp"),
    hashtags=("LarkspurDown",),
    domains=("larkspur.example",),
    products=("Larkspur Fibre", "Hub 4"),
    own_accounts={"x": ("Larkspur", "LarkspurHelp"), "reddit": ("LarkspurHelp_Official",)},
)


def test_one_brand_in_the_words_of_x() -> None:
    """Names, phrases, handles, tags and addresses; no reposts, no own accounts."""
    (query,) = x_queries([LARKSPUR])
    assert query.text == (
        '(Larkspur OR "Larkspur Fibre" OR "Hub 4" OR @Larkspur OR @LarkspurHelp OR #LarkspurDown'
        ' OR url:"larkspur.example") -is:retweet -from:Larkspur -from:LarkspurHelp'
    )
    assert query.brands == ("Larkspur",)


def test_the_brands_own_answers_are_a_query_of_their_own() -> None:
    """Answers only; the same account under two brands is asked once."""
    (query,) = x_own_answers([LARKSPUR, Brand(name="Larkspur TV", own_accounts={"x": ("larkspurhelp",)})])
    assert query.text == "(from:Larkspur OR from:LarkspurHelp) is:reply -is:retweet"
    (query,) = x_own_answers([Brand(name="Quillon", own_accounts={"x": ("QuillonCare",)})])
    assert query.text == "from:QuillonCare is:reply -is:retweet"
    assert x_own_answers([Brand(name="Silent")]) == ()


def test_many_own_accounts_take_several_queries() -> None:
    """Each within the limit, every account once."""
    accounts = tuple(f"QuillonCareRegion{number}" for number in range(60))
    queries = x_own_answers([Brand(name="Quillon", own_accounts={"x": accounts})])
    assert max(len(query.text) for query in queries) <= 512
    asked = " ".join(query.text for query in queries).replace("(", "").replace(")", "").split()
    assert sorted(word for word in asked if word.startswith("from:")) == sorted(
        f"from:{account}" for account in accounts
    )


def test_none_and_with_words_bind_names_only() -> None:
    """A handle is meant whatever stands around it."""
    brand = Brand.model_validate(
        {"name": "Three", "handles": ["ThreeUK"], "none": ["amigos", "wise men"], "with": ["signal", "sim"]}
    )
    (query,) = x_queries([brand])
    assert query.text == '((Three (signal OR sim) -amigos -"wise men") OR @ThreeUK) -is:retweet'


def test_near_words_must_both_be_there() -> None:
    """How near is for the brand finder to say."""
    brand = Brand(name="Larkspur", near=(Near(words=("lark", "fibre")),))
    (query,) = x_queries([brand])
    assert query.text == "(Larkspur OR (lark fibre)) -is:retweet"


def test_several_brands_share_a_query_while_there_is_room() -> None:
    """Twenty small brands fit into two queries, not twenty."""
    brands = [
        Brand(name=f"Brand {letter}", handles=(f"Brand{letter}Help",))
        for letter in string.ascii_uppercase[:20]
    ]
    queries = x_queries(brands)
    assert len(queries) == 2
    assert {name for query in queries for name in query.brands} == {brand.name for brand in brands}


def test_a_brand_too_long_for_one_query_is_split() -> None:
    """Every piece leaves out its own accounts."""
    brand = Brand(
        name="Big",
        products=tuple(f"Product number {number}" for number in range(60)),
        own_accounts={"x": ("big",)},
    )
    queries = x_queries([brand])
    assert len(queries) > 2
    assert all(query.text.endswith("-is:retweet -from:big") for query in queries)


def test_none_words_are_left_to_the_finder_where_they_do_not_fit() -> None:
    """Asking for too much costs money; asking for too little costs people."""
    brand = Brand(name="Big", none=tuple(f"something quite different {number}" for number in range(40)))
    (query,) = x_queries([brand])
    assert query.text == "Big -is:retweet"


def test_a_word_that_fits_no_query_is_named() -> None:
    """The message says which brand to mend."""
    brand = Brand.model_validate({"name": "Big", "with": ["w" * 150, "x" * 150, "y" * 150, "z" * 150]})
    with pytest.raises(Refused, match="'Big'"):
        x_queries([brand])


def test_quotes_and_operators_cannot_break_out() -> None:
    """A brand called OR is a word."""
    (query,) = x_queries([Brand(name='say "cheese', aliases=("or",))])
    assert query.text == '("say  cheese" OR "or") -is:retweet'


def test_one_brand_in_the_words_of_reddit() -> None:
    """Words and addresses; Reddit's search knows no handles."""
    (query,) = reddit_queries([LARKSPUR])
    assert query.text == (
        '("Larkspur" OR "Larkspur Fibre" OR "Hub 4" OR "LarkspurHelp" OR "LarkspurDown"'
        " OR url:larkspur.example) NOT author:LarkspurHelp_Official"
    )


def test_a_source_may_choose_its_brands() -> None:
    """By name, in any case; a name that is not there is said."""
    assert chosen([LARKSPUR], ["larkspur"]) == (LARKSPUR,)
    assert chosen([LARKSPUR], []) == (LARKSPUR,)
    with pytest.raises(Refused, match="Larkspurr"):
        chosen([LARKSPUR], ["Larkspurr"])


WORDS = st.text(string.ascii_letters + "0123456789 &'-", min_size=1, max_size=30).filter(str.strip)
NAMES = st.lists(WORDS, max_size=25).map(tuple)


@given(
    st.lists(st.builds(Brand, name=WORDS, aliases=NAMES, products=NAMES, none=NAMES), min_size=1, max_size=12)
)
def test_any_brands_fit_and_nobody_is_left_out(brands: list[Brand]) -> None:
    """No query is too long, and every name is asked for in one of them."""
    queries = x_queries(brands)
    assert all(len(query.text) <= 512 for query in queries)
    asked = " ".join(query.text for query in queries).casefold()
    for brand in brands:
        for word in (brand.name, *brand.aliases, *brand.products):
            assert word.strip().casefold() in asked
