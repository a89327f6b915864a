"""Which Apple? The sense of ordinary words, on posts never learnt from."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from listeners.brand import Brand
from nlp.brands import BrandFinder
from nlp.reading import scan
from nlp.which_brand import WhichBrand

HERE = Path(__file__).parent / "data"


def meant(brand: Brand, text: str) -> bool:
    """Whether the finder keeps the brand."""
    return bool(BrandFinder([brand]).find(scan(text)))


TARGET = Brand(name="Target", description="American department stores", misspellings="off")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Target cancelled my order and nobody in the store knows why", True),
        ("stood in line at target for an hour, one register open", True),
        ("we missed our target again this quarter", False),
        ("scammers target old people", False),
    ],
)
def test_one_line_of_description_tells_the_senses_apart(text: str, expected: bool) -> None:
    """No example is needed."""
    assert meant(TARGET, text) is expected


def test_a_handle_is_never_doubted() -> None:
    """Who writes @Target means the shop, whatever the words."""
    assert meant(TARGET.model_copy(update={"handles": ("Target",)}), "missed my weight target @Target")


def test_names_that_are_no_words_are_never_doubted() -> None:
    """A description does not put a distinctive name in doubt."""
    assert meant(Brand(name="Larkspurio", description="broadband"), "larkspurio is a flower in my garden")


def test_two_words_are_no_ordinary_word() -> None:
    """A longer alias settles it."""
    brand = Brand(name="Gap", aliases=("Gap Kids",), description="clothes shops")
    assert meant(brand, "the gap kids near the fence")


def test_the_verdict_says_why() -> None:
    """Evidence names what spoke for and against, strongest first."""
    which = WhichBrand(TARGET)
    text = scan("a target on his back")
    verdict = which.weigh_one(which.features(text, 2, 8))
    assert not verdict.meant
    assert dict(verdict.because)["after a or an"] < 0


def test_examples_move_the_decision() -> None:
    """What a brand's own examples show counts above what other brands taught."""
    text = scan("the target of the walk was the chapel")
    taught = Brand(
        name="Target",
        description="walking club",
        examples=(
            "the target of the walk was the lake",
            "the target of this walk was a hill",
            "the target of that walk",
        ),
        counter_examples=("Target cancelled my order", "stood in line at target"),
    )
    bare, told = WhichBrand(TARGET), WhichBrand(taught)
    assert (
        told.weigh_one(told.features(text, 4, 10)).probability
        > bare.weigh_one(bare.features(text, 4, 10)).probability
    )


def test_precision_and_recall_on_words_never_learnt_from() -> None:
    """On 44 brands that took no part in learning: precision at least .85 at recall at least .90."""
    right = took = there = 0
    for entry in yaml.safe_load((HERE / "which_posts.yaml").read_text(encoding="utf-8")):
        brand = Brand(**entry["brand"], misspellings="off")
        for text in entry["meant"]:
            there += 1
            hit = meant(brand, text)
            right += hit
            took += hit
        took += sum(meant(brand, text) for text in entry["not"])
    assert right / took >= 0.85
    assert right / there >= 0.90


def test_precision_and_recall_on_support_tweets(shared_data: Path) -> None:
    """On real support tweets that took no part in learning, the same."""
    from nlp.training.which_labels import labelled

    root = Path(__file__).parent
    right = took = there = 0
    for item in labelled(shared_data, root / "data/which_labels.csv", root / "data/which_brands.yaml"):
        if item.source == "twcs":
            hit = meant(item.brand, item.text)
            there += item.meant
            took += hit
            right += hit and item.meant
    assert there + took > 100
    assert right / took >= 0.80
    assert right / there >= 0.85


def test_a_rare_name_is_doubted_only_on_strong_signs() -> None:
    """Counter-examples take back the flower, not a bare sigh about the company."""
    brand = Brand(
        name="Larkspur",
        description="broadband and TV",
        examples=("Thinking of leaving Larkspur, it drops every evening",),
        counter_examples=("The larkspur in my garden is finally in bloom",),
    )
    assert meant(brand, "ugh larkspur")
    assert meant(brand, "so done with larkspur")
    assert not meant(brand, "the larkspur in her garden is in bloom again")
