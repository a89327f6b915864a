"""Misspelt names that are asked for: few, understood by the finder, no words, and never one query more."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listeners.brand import Brand
from listeners.queries import reddit_queries, x_queries
from listeners.slips import FEW, slips
from nlp.brands import BrandFinder
from nlp.mention import How
from nlp.reading import scan


def forms(name: str, **more: object) -> tuple[str, ...]:
    """The forms of a brand's name."""
    brand = Brand.model_validate({"name": name, "misspellings": "loose", **more})
    return slips(brand).get(name, ())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Marriott", ("marriot", "mariott")),
        ("Larkspur", ("larkspru", "larkspr", "larksupr", "larksur")),
        ("Google", ("gogle", "googel")),
        ("Hilton", ("hiltno", "hilotn", "hitlon")),
    ],
)
def test_likely_slips_come_first(name: str, expected: tuple[str, ...]) -> None:
    """A doubled letter written once; then neighbours swapped and letters left out, from the end."""
    assert forms(name)[: len(expected)] == expected
    assert len(forms(name)) <= FEW


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("United", "untied"),
        ("Three", "there"),
        ("Guess", "gues"),
        ("Martial", "marital"),
        ("Hilton", "ilton"),
    ],
)
def test_no_other_word_is_asked_for(name: str, word: str) -> None:
    """Nor what the finder takes for another word, or a slip of the first letter."""
    assert word not in forms(name)
    assert forms(name) or name == "Martial"


@pytest.mark.parametrize(
    "more",
    [{"misspellings": "off"}, {"case_sensitive": True}, {"with": ["signal"]}, {"name": "Larkspur Fibre"}],
)
def test_brands_that_are_spelt_exactly_have_none(more: dict[str, object]) -> None:
    """By their setting, by the words that must stand by, or since the finder knows no slips of them."""
    brand = Brand.model_validate({"name": "Larkspur", **more})
    assert slips(brand) == {}


NAMES = st.text(string.ascii_lowercase, min_size=4, max_size=14).map(str.capitalize)


@settings(max_examples=60)
@given(NAMES, st.sampled_from(["strict", "loose"]))
def test_the_finder_understands_every_form(name: str, slack: str) -> None:
    """Nothing is paid for that is then passed by."""
    brand = Brand.model_validate({"name": name, "misspellings": slack})
    finder = BrandFinder([brand])
    for form in slips(brand).get(name, ()):
        found = {how for one in finder.find(scan(form)) for _, _, how in one.places}
        assert found == {How.MISSPELLING}, form


BRANDS = st.lists(
    st.builds(
        Brand,
        name=NAMES,
        aliases=st.lists(NAMES, max_size=12).map(tuple),
        none=st.lists(NAMES, max_size=6).map(tuple),
        misspellings=st.sampled_from(["off", "strict", "loose"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30)
@given(BRANDS)
def test_they_cost_no_query_and_move_no_cursor(brands: list[Brand]) -> None:
    """As many queries under the same names, none too long; all that is added are forms and none: words."""
    exact = [brand.model_copy(update={"misspellings": "off"}) for brand in brands]
    known = {form for brand in brands for every in slips(brand).values() for form in every}
    known |= {f"-{word.casefold()}" for brand in brands for word in brand.none}
    for make in (x_queries, reddit_queries):
        queries = make(brands)
        assert [query.text for query in queries] == [query.text for query in make(exact)]
        for query in queries:
            assert len(query.asked) <= 512
            assert words(query.text) <= words(query.asked)
            assert words(query.asked) - words(query.text) <= {*known, "or"}


def words(query: str) -> set[str]:
    """The words of a query, without brackets and quotes."""
    return set(query.casefold().translate(str.maketrans("", "", '()"')).split())


def test_a_slip_that_names_another_brand_is_that_brands_own() -> None:
    """Asked for once, by its own name."""
    (query,) = x_queries([Brand(name="Larkspur"), Brand(name="Larkspru")])
    assert query.asked.casefold().count("larkspru") == 1


def test_names_share_what_room_there_is() -> None:
    """The likeliest form of each comes before the second of any; words that say it is something else stay."""
    long = tuple(f"a rather long phrase about it, number {number}" for number in range(9))
    brands = [Brand(name="Larkspur", aliases=long), Brand(name="Quillonia", none=("pen",))]
    (query,) = x_queries(brands)
    assert len(query.asked) <= 512 < len(query.asked) + len(" OR larksupr")
    assert "larkspru" in query.asked
    assert "(quilloniaa -pen)" not in query.asked
    assert "(quillonai -pen)" in query.asked
