"""Our scan as a spaCy tokenizer: handles, hashtags, links and code stay whole, in bounded time.

spaCy's own English tokenizer splits "#LarkspurDown" and takes quadratic time on a flood of marks.
"""

from __future__ import annotations

from spacy.tokens import Doc
from spacy.vocab import Vocab

from nlp.reading import scan


class Cutter:
    """Text → Doc whose tokens are those of `nlp.reading.scan`, and what stands between them."""

    def __init__(self, vocab: Vocab) -> None:
        """Make Docs of `vocab`."""
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Cut `text`; `doc.user_data["scan"]` holds the scan, `doc.text` is `text`."""
        found = scan(text)
        ends = [(spot, spot + len(word)) for word, spot in zip(found.words, found.spots, strict=True)]
        ends += [(token.start, token.end) for token in found.special]
        ends.sort()
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for start, end in ends:
            if start > at:
                _between(text[at:start], words, spaces)
            words.append(text[start:end])
            spaces.append(False)
            at = end
        if at < len(text):
            _between(text[at:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces, user_data={"scan": found})

    def to_bytes(self, **_: object) -> bytes:
        """Nothing is learnt, so there is nothing to keep."""
        return b""

    def from_bytes(self, _: bytes, **__: object) -> Cutter:
        """Nothing to restore."""
        return self


def _between(gap: str, words: list[str], spaces: list[bool]) -> None:
    """Add what stands between two tokens: a single space belongs to the token before it."""
    if gap[0] == " " and words:
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        ends = len(gap) > 1 and gap[-1] == " " and not gap.isspace()
        words.append(gap[:-1] if ends else gap)
        spaces.append(ends)
