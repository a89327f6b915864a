"""The language of a post, by py3langid, with care for short texts.

Handles, hashtags, links and brand names are taken out first: they are in no language. A text too
short to tell keeps what the network declared; "und" is said where nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from nlp.reading import Scan
from nlp.wordlists import word_lists

READ = frozenset({"en", "und"})
"""Languages the models read. "und" is emoji, numbers and single words: read as they are."""


_UNKNOWN = frozenset({"und", "zxx", "mul", "qme", "qst", "qht", "qam", "qct", "art", "in", "iw"})
_RENAMED = {"in": "id", "iw": "he", "nb": "no", "nn": "no", "fil": "tl"}
SURE = 0.75  # below, a text of a few words is left to what was declared, or English where its words are
SHORT = 4  # words
TELLING = 3
"""Different words that only English has, from which no more need be asked."""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  loads 5 MB, only when asked

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # py3langid knows more languages, but of a short text the rare ones are mostly noise.
    identifier.set_languages(word_lists("small")["languages"])
    return identifier


@lru_cache(maxsize=1)
def _telling_words() -> frozenset[str]:
    return frozenset(word_lists("small")["telling"])


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    return frozenset(word_lists("small")["english"])


def normal(declared: str | None) -> str | None:
    """A declared language as ISO 639-1, or None where it says nothing ("und", X's "qme")."""
    if not declared:
        return None
    code = declared.lower().replace("_", "-").partition("-")[0]
    code = _RENAMED.get(code, code)
    return None if code in _UNKNOWN or not 2 <= len(code) <= 3 or not code.isalpha() else code


def detect(text: Scan, declared: str | None = None, names: Iterable[tuple[int, int]] = ()) -> str:
    """ISO 639-1 of the words of `text`, or "und". `names` are places of brand names, left out."""
    taken = {start for start, _ in names}
    words = [
        text.text[spot : spot + len(word)]
        for word, spot in zip(text.words[:120], text.spots, strict=False)
        if spot not in taken and not word.isdigit()
    ]
    said = normal(declared)
    if not words:
        return said or "und"
    if len(_telling_words().intersection(text.words)) >= TELLING:
        return "en"
    plain = " ".join(word[:60] for word in words)
    code, sure = _identifier().classify(plain)
    if sure >= SURE and (len(words) >= SHORT or not plain.isascii()):
        return str(code)
    if said is not None:
        return said
    if plain.isascii() and (_english(text.words) or len(words) < SHORT):
        return "en"
    return str(code)


def _english(words: Collection[str]) -> bool:
    return sum(word in _small_words() for word in words) * 5 >= len(words)
