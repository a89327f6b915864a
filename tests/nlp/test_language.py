"""Languages of short posts, with what is in no language taken out."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp import language
from nlp.reading import scan


@pytest.mark.parametrize(
    ("text", "declared", "expected"),
    [
        ("my internet has been down all day", None, "en"),
        ("Mi internet no funciona desde ayer y nadie contesta", None, "es"),
        ("Das Internet geht seit gestern nicht mehr", "de", "de"),
        ("インターネットがつながりません", None, "ja"),
        ("ok thx", None, "en"),
        ("Yep", None, "en"),
        ("gracias", "es", "es"),
        ("danke", "de", "de"),
        ("😡😡", None, "und"),
        ("😡😡", "und", "und"),
        ("@LarkspurHelp https://larkspur.example/status", "qme", "und"),
        ("#Larkspur", "en", "en"),
        ("why is my internet down again today", "es", "en"),
        ("iOS 11.0.3", None, "en"),
        ("", None, "und"),
    ],
)
def test_detect(text: str, declared: str | None, expected: str) -> None:
    """What is declared helps a short text; a long one is told by its words."""
    assert language.detect(scan(text), declared) == expected


def test_brand_names_are_in_no_language() -> None:
    """A foreign-looking brand name does not make the post foreign."""
    text = scan("Décathlon Österreich terrible service")
    assert language.detect(text, None, [(0, 9), (10, 20)]) == "en"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [("en-GB", "en"), ("EN", "en"), ("und", None), ("qme", None), ("iw", "he"), ("", None)],
)
def test_declared_languages(declared: str, expected: str | None) -> None:
    """Declared languages come in many spellings."""
    assert language.normal(declared) == expected


def test_figures_on_support_tweets(shared_data: Path) -> None:
    """Hardly an English post goes unread, and hardly a foreign one is judged as English."""
    from nlp.training.languages import measure

    labels = Path(__file__).parent / "data/language_labels.csv"
    figures = measure(shared_data, labels, say=lambda line: None)
    assert figures["precision"] >= 0.9
    assert figures["recall"] >= 0.95
