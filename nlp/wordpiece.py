"""Text into the word pieces that the encoder knows, as BERT's uncased vocabulary cuts them.

Written out here (it is forty lines) so that judging a post needs no tokenizer library. The vocabulary
is the encoder's own, less what no English post needs; a piece that is missing becomes [UNK].
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from nlp.lexicon import EMOJI_BAD, EMOJI_GOOD

LONGEST: Final = 96  # pieces read of one text, the two marks at its ends among them
READ: Final = 1_000  # characters read of one text: more than LONGEST pieces ever need
_LONGEST_WORD = 40  # characters; a longer "word" is noise

_LINK = re.compile(r"https?://\S+|pic\.twitter\.com/\S+")
_CUT_OFF = re.compile(r"\s*…\s*(?:http)?\s*$")  # where a network cut the text: not the person's words
_LONG_DRAWN = re.compile(r"(.)\1{3,}")
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"([a-z])([A-Z])")
_ENTITIES: Final = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("\ufffd", ""), ("\x00", ""))
# The vocabulary has no emoji, but it knows the faces that people typed before them.
_FACES: Final = {ord(mark): " :( " for mark in EMOJI_BAD} | {ord(mark): " :) " for mark in EMOJI_GOOD}
_PIECES = re.compile(r"[^\W_]+|[^\w\s]|_")


def tidy(text: str) -> str:
    """What of a post the encoder reads: links as one word, "sooooo" as "sooo", #LikeThis as "Like This"."""
    text = text[:READ]
    for written, meant in _ENTITIES:
        text = text.replace(written, meant)
    text = _CUT_OFF.sub(" ", _LINK.sub("http", text))
    if not text.isascii():
        text = text.translate(_FACES)
    text = _LONG_DRAWN.sub(r"\1\1\1", text)
    return _HASHTAG.sub(lambda tag: "#" + _CAMEL.sub(r"\1 \2", tag[1]), text)


class WordPieces:
    """A vocabulary, one piece a line; continuing pieces begin with "##"."""

    def __init__(self, pieces: Sequence[str]) -> None:
        """Number the `pieces` in order."""
        self._number = {piece: at for at, piece in enumerate(pieces)}
        self._unknown = self._number["[UNK]"]
        self._first, self._last = self._number["[CLS]"], self._number["[SEP]"]
        self.word = lru_cache(maxsize=30_000)(self._cut)
        """Numbers of the pieces of one plain word."""

    @classmethod
    def load(cls, path: Path) -> WordPieces:
        """Read a vocabulary file."""
        return cls(path.read_text(encoding="utf-8").splitlines())

    def __call__(self, text: str) -> list[int]:
        """Numbers of the pieces of `text`, between the two end marks; at most LONGEST."""
        numbers = [self._first]
        for word in _PIECES.findall(plain(tidy(text))):
            numbers += self.word(word)
            if len(numbers) >= LONGEST:
                break
        return [*numbers[: LONGEST - 1], self._last]

    def _cut(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self._unknown,)
        found: list[int] = []
        start = 0
        while start < len(word):
            head = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._number.get(head + word[start:end])
                if number is not None:
                    break
            else:
                return (self._unknown,)
            found.append(number)
            start = end
        return tuple(found)


def pieces_of(cut: WordPieces, text: str) -> tuple[int, ...]:
    """Numbers of the pieces of `text` without end marks, however many."""
    return tuple(number for word in _PIECES.findall(plain(tidy(text))) for number in cut.word(word))


def plain(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(mark for mark in apart if unicodedata.category(mark) not in {"Mn", "Cf", "Cs"})
