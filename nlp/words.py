"""Text as the complaint model sees it: words and marks, each with its normal form and what it tells.

The model cuts text by itself, because marks, faces and contractions carry much of a complaint and the
tokenizer that finds brands has no need of them; so a judgement is the same under every tokenizer.

Everything that depends on a word alone is worked out once per word type and kept, because posts
share their words: a stream of posts then costs one dictionary look-up per token.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.lexicon import CLASSES, EMOJI_BAD, EMOJI_GOOD, members

WORD_BUCKETS: Final = 1 << 18  # word 1- to 3-grams
GRAM_BUCKETS: Final = 1 << 17  # character 2- to 5-grams
LONGEST: Final = 40  # characters; beyond it a "word" is noise, and only its head is read

READ: Final = 4_000  # characters of one text that are judged: far more than a post, the head of an article

Ints = NDArray[np.int64]

# Every repetition is bounded or takes what it read for good, so any input is cut in linear time.
_CUT = re.compile(
    r"""
    (?:https?://|www\.|pic\.twitter\.com/)\S{1,2000}        # links
  | [@＠]\w{1,64}                                           # handles
  | [>}]?[:;=8]['’]?[-o^]?[()\[\]/\\|cDpP3*@<]{1,9}(?!\w)  # faces
  | <3{1,9} | \^[_.]?\^ | -[_.]{1,9}- | >[.:_]?<
  | [£$€]?\d[\d.,:]{0,30}\w{0,4}                           # figures, times, sums
  | [^\W\d_]{1,30}?(?=[nN]['’][tT]\b) | [nN]['’][tT]\b                # "do" "n't"
  | ['’](?i:s|m|re|ve|ll|d)\b
  | [^\W_]+
  | \S
    """,
    re.VERBOSE,
)

_ELONGATED = re.compile(r"(.)\1{2,}")
_NUMBER = re.compile(r"^[£$€]?\d[\d.,:]*(st|nd|rd|th|am|pm|k|m|x|hrs?|mins?|days?|gb|mb|mbps|p)?$")
_URL = re.compile(r"^(https?://|www\.|pic\.twitter)", re.I)
_CARE = re.compile(r"help|care|support|service|cust|assist|answers|ask|team", re.I)
_BAD_FACE = re.compile(r"^[>}]?[:;=8x]['’]?[-o^]?[(\[/\\|c<@]+$|^[D)][-]?[:;=]|^>[.:_]?<$|^-[_.]+-$", re.I)
_GOOD_FACE = re.compile(r"^[:;=8x]['’]?[-o^]?[)\]d}p*3]+$|^<3+$|^\^[_.]?\^$", re.I)


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word type. `text`: as written, at most LONGEST characters.

    `code`: its bucket before combining, or -1 where it carries nothing.

    grams: buckets of its character grams. kinds: names of the classes it belongs to; kind_at: their places
    in KINDS. shouted: written in capitals. elongated: "sooo".
    """

    text: str
    form: str
    code: int
    grams: Ints
    kinds: frozenset[str]
    kind_at: tuple[int, ...]
    shouted: bool
    elongated: bool


def cut(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words and marks of the first READ characters, and where each stands in `text`."""
    found = [(match.group(), match.span()) for match in _CUT.finditer(text, 0, READ)]
    return [word for word, _ in found], [span for _, span in found]


def bucket(text: str, buckets: int) -> int:
    """A stable bucket for `text`: the same on every machine and in every Python."""
    return zlib.crc32(text.encode("utf-8", "replace")) % buckets


def normal(text: str) -> str:
    """The normal form of one token: classes of tokens that never repeat become one word.

    Handles become "@care" (a support account) or "@user", links "<url>", figures "<num>", faces
    ":(" or ":)"; other words are lowercased and lengthening is cut to two letters.
    """
    if text[0] == "@" and len(text) > 1:
        return "@care" if _CARE.search(text) else "@user"
    if _URL.search(text):
        return "<url>"
    if _BAD_FACE.match(text) or text[0] in EMOJI_BAD:
        return ":("
    if _GOOD_FACE.match(text) or text[0] in EMOJI_GOOD:
        return ":)"
    word = text.lower().replace("’", "'").lstrip("#")
    if _NUMBER.match(word):
        return "<num>"
    return _ELONGATED.sub(r"\1\1", word)


@lru_cache(maxsize=60_000)
def read_word(text: str) -> Word:
    """What the word alone tells. Blank tokens and the remains of "&amp;" have code -1."""
    text = text[:LONGEST]
    form = normal(text) if text.strip() else ""
    if not form or form in _NOISE:
        return Word("", "", -1, np.empty(0, np.int64), frozenset(), (), shouted=False, elongated=False)
    letters = sum(c.isalpha() for c in text)
    kinds = members(form)
    return Word(
        text=text,
        form=form,
        code=bucket(form, WORD_BUCKETS),
        grams=np.array(sorted(_grams(form)), np.int64),
        kinds=kinds,
        kind_at=tuple(sorted(KINDS.index(kind) for kind in kinds)),
        shouted=letters >= 3 and text.isupper(),  # two capitals are a country or an "OK"
        elongated=bool(_ELONGATED.search(text)) and letters >= 3,
    )


_NOISE = frozenset({"amp", "&", "lt", "gt", "�", "��", "…", "..", "..."})


def _grams(form: str) -> set[int]:
    if form[0] in "@<:" or len(form) < 2:
        return set()
    padded = f" {form} "
    return {bucket(padded[i : i + n], GRAM_BUCKETS) for n in (2, 3, 4, 5) for i in range(len(padded) - n + 1)}


KINDS: Final = tuple(CLASSES)
