"""The brand finder: every way a brand is written, and the look-alikes left alone."""

from __future__ import annotations

import pytest

from listeners.brand import Brand, Near
from nlp.brands import BrandFinder, find_in
from nlp.mention import How
from nlp.reading import scan
from tests.nlp.fakes import LARKSPUR


def found(text: str, *brands: Brand) -> dict[str, list[tuple[str, str]]]:
    """Brand → (words, how) of every place."""
    return {
        one.brand.name: [(text[start:end], str(how)) for start, end, how in one.places]
        for one in find_in(brands or (LARKSPUR,), text)
    }


@pytest.mark.parametrize(
    ("text", "words", "how"),
    [
        ("@LarkspurHelp are you there", "@LarkspurHelp", How.HANDLE),
        ("hi @larkspurhelp!", "@larkspurhelp", How.HANDLE),
        ("ask u/LarkspurHelp_Official", "u/LarkspurHelp_Official", How.HANDLE),
        ("#LarkspurLife again", "#LarkspurLife", How.HASHTAG),
        ("so tired of #LarkspurDown", "#LarkspurDown", How.HASHTAG),
        ("so tired of #larkspurdown", "#larkspurdown", How.HASHTAG),
        ("#NeverLarkspurAgain", "#NeverLarkspurAgain", How.HASHTAG),
        ("seen on r/larkspur", "r/larkspur", How.HASHTAG),
        ("Larkspur lost my order", "Larkspur", How.NAME),
        ("LARKSPUR LOST IT", "LARKSPUR", How.NAME),
        ("Larkspur's line is dead", "Larkspur", How.NAME),
        ("a Larkspur-sized bill", "Larkspur", How.NAME),
        ("😡Larkspur😡", "Larkspur", How.NAME),
        ("_Larkspur_ and **that**", "Larkspur", How.NAME),
        ("𝗟𝗮𝗿𝗸𝘀𝗽𝘂𝗿 again", "𝗟𝗮𝗿𝗸𝘀𝗽𝘂𝗿", How.NAME),
        ("Lárkspur again", "Lárkspur", How.NAME),
        ("larkspur broadband is slow", "larkspur broadband", How.ALIAS),
        ("my hub4 blinks red", "hub4", How.PRODUCT),
        ("my Hub-4 blinks red", "Hub-4", How.PRODUCT),
        ("the larkspurfibre line", "larkspurfibre", How.PRODUCT),
        (
            "see https://www.larkspur.example/status?x=1.",
            "https://www.larkspur.example/status?x=1",
            How.DOMAIN,
        ),
        ("see help.larkspur.example", "help.larkspur.example", How.DOMAIN),
        ("larskpur let me down", "larskpur", How.MISSPELLING),
        ("Larkspr let me down", "Larkspr", How.MISSPELLING),
        ("the lark of all broadband", "lark of all broadband", How.NEAR),
    ],
)
def test_finds(text: str, words: str, how: How) -> None:
    """Each way of writing the brand is found at its place, and says how."""
    assert (words, str(how)) in found(text)["Larkspur"]


@pytest.mark.parametrize(
    "text",
    [
        "the larkspur in my garden",
        "a field of larkspurs",
        "look at https://shop.example/larkspur/blue",
        "look at larkspur.blogs.test/post",
        "run `larkspur --help` first",
        "```\nlarkspur = 1\n```",
        "mail larkspur@somewhere.test",
        "@NotLarkspur said so",
        "#larkspurs",
        "Arkspur is a town",
        "hub 42 is a place",
        "lark one two three four broadband",
        "",
    ],
)
def test_leaves_alone(text: str) -> None:
    """Look-alikes, links, code and none: words are no mention."""
    assert found(text) == {}


def test_none_words_do_not_take_back_a_handle() -> None:
    """Who addresses the brand means the brand, flowers or not."""
    assert "Larkspur" in found("@LarkspurHelp the flowers on your van are wrong")


def test_several_brands_are_several_finds() -> None:
    """Each brand in a post is found by itself."""
    other = Brand(name="Quillon")
    assert set(found("left Larkspur for Quillon", LARKSPUR, other)) == {"Larkspur", "Quillon"}


def test_the_longer_name_wins() -> None:
    """A name inside another brand's longer name is not a mention of the first."""
    virgil, trains = Brand(name="Virgil"), Brand(name="Virgil Trains")
    assert set(found("Virgil Trains is late", virgil, trains)) == {"Virgil Trains"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("AT&T", "AT&amp;T is slow"),
        ("AT&T", "AT and T is slow"),
        ("McDonald's", "mcdonalds is cold"),
        ("McDonald's", "McDonald’s is cold"),
        ("British Airways", "BritishAirways lost it"),
        ("7-Eleven", "7 eleven is shut"),
        ("Booking.com", "booking.com charged me"),
        ("アマゾン", "こんにちは、アマゾン公式です"),
    ],
)
def test_awkward_names(name: str, text: str) -> None:
    """Names with signs, humps or no spaces around them are found as people type them."""
    assert name in found(text, Brand(name=name))


def test_case_sensitive_names_match_only_as_written() -> None:
    """A case sensitive "Next" is not the word "next"."""
    brand = Brand(name="Next", case_sensitive=True)
    assert found("next week", brand) == {}
    assert found("the Next sale", brand) == {"Next": [("Next", "name")]}


@pytest.mark.parametrize(
    ("slack", "text", "expected"),
    [
        ("off", "Quilloon is bad", False),
        ("strict", "Quilloon is bad", True),
        ("strict", "Qilonn is bad", False),
        ("strict", "Quillons grow", False),
        ("loose", "Brotherhud", True),
        ("loose", "Brotehrhod", True),
    ],
)
def test_misspellings(slack: str, text: str, expected: bool) -> None:
    """Off finds none, strict one letter wrong, loose two in a long name; a plural is another word."""
    brands = [
        Brand.model_validate({"name": name, "misspellings": slack}) for name in ("Quillon", "Brotherhood")
    ]
    assert bool(found(text, *brands)) is expected


def test_a_doubled_last_letter_is_a_slip() -> None:
    """Nobody is an "Everwoodd"; but a ranger is no slip of "Grange", nor is a plural."""
    brands = [Brand(name="Corvair"), Brand(name="Everwood"), Brand(name="Grange")]
    assert set(found("corvairr is down, so is everwoodd", *brands)) == {"Corvair", "Everwood"}
    assert found("two corvairs met a granger", *brands) == {}


def test_with_words_must_stand_beside_the_name() -> None:
    """A name that needs company is found only with it."""
    brand = Brand.model_validate({"name": "Target", "with": ["store", "order*"]})
    assert found("on target for June", brand) == {}
    assert found("target cancelled my orders", brand) == {"Target": [("target", "name")]}


def test_ordered_near_pairs_keep_their_order() -> None:
    """An ordered pair does not match the other way round."""
    brand = Brand(name="Quillon", near=(Near(words=("quill", "bank"), ordered=True),))
    assert found("the bank of quill", brand) == {}
    assert found("the quill of a bank", brand) != {}


def test_cost_does_not_grow_with_the_brands() -> None:
    """A thousand brands leave the answer the same."""
    brands = [Brand(name=f"Madeup{n:04d}xyz") for n in range(1000)]
    finder = BrandFinder([*brands, LARKSPUR])
    assert [one.brand.name for one in finder.find(scan("Larkspur and madeup0007xyz"))] == [
        "Madeup0007xyz",
        "Larkspur",
    ]
