"""What the pipeline reads of a post: its title and text made safe, cut into tokens once.

Offsets stay those of the post. Characters that break tools (NUL, lone surrogates) become U+FFFD, one
for one; folding (case, accents, fancy letters) also keeps every character in its place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from nlp.mention import Evidence, Field

if TYPE_CHECKING:
    from listeners.post import Post

LIMIT = 20_000
"""Characters of a post that are read. A novel or a flood of one word costs no more than an essay."""

_GAP = "\n\n"  # stands between title and text

# Every repetition is bounded, so that no input takes more than linear time. The order decides: code and
# links first, so that nothing inside them is taken for a word.
_TOP_LEVEL = (
    "com|net|org|info|biz|example|test|gov|edu|io|app|dev|tv|ai|shop|store|online|co|uk|ie|us|ca|au|nz|de|fr|"
    "nl|es|se|no|dk|eu|in|jp|br|za|ch|pl|social|ly|gl|gg"
)
_SCAN = re.compile(
    r"""
      (?P<code>```.{0,4000}?(?:```|\Z)|`[^`\n]{1,400}`|<code>.{0,4000}?</code>)
    | (?P<link>(?:https?://|www\.)[^\s<>"'()\[\]{}|\\^`]{1,2000})
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})
    | (?P<handle>(?<![\w@])[@＠]\w{1,64}(?:-\w{1,32}){0,3}
        (?:@[\w-]{1,63}(?:\.[a-z]{2,24}){1,4}|(?:\.[\w-]{1,63}){1,3}\.[a-z]{2,12})?)
    | (?P<user>(?<![\w/])/?[uU]/[\w-]{2,32})
    | (?P<forum>(?<![\w/])/?r/\w{2,32})
    | (?P<hashtag>(?<![\w&])[#＃]\w{1,140})
    | (?P<domain>(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.(?:"""
    + _TOP_LEVEL
    + r""")(?![\w-])(?:/[^\s<>"'()\[\]{}|\\^`]{0,2000})?)
    | (?P<word>[^\W_]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BROKEN = re.compile("[\x00\ud800-\udfff]")
_TRAILING = ".,;:!?…*_~"


class _Folds(dict[int, int]):
    """Character → its plain lower-case letter, filled as characters are met. Never changes length."""

    def __missing__(self, code: int) -> int:
        plain = unicodedata.normalize("NFKD", chr(code))
        first = plain[0].lower() if plain else chr(code)
        folded = ord(first) if len(first) == 1 else code
        if code in (0x2018, 0x2019, 0x02BC, 0xFF07):  # all apostrophes are one
            folded = 0x27
        if len(self) < 50_000:
            self[code] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Lower-case, without accents or fancy letter shapes; same length as `text`."""
    if text.isascii():
        return text.lower()
    return text.translate(_FOLDS)


def clean(text: str) -> str:
    """`text` with NULs and lone surrogates replaced one for one."""
    if text.isascii() and "\x00" not in text:
        return text
    return _BROKEN.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a post. kind: word, handle, hashtag, user, forum, link, domain, email or code."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Scan:
    """A text cut once. `words` are folded; `spots[i]` is where word i starts in the text."""

    text: str
    folded: str
    words: list[str] = field(default_factory=list)
    spots: list[int] = field(default_factory=list)
    special: list[Token] = field(default_factory=list)

    def word_end(self, index: int) -> int:
        """Where word `index` ends in the text."""
        return self.spots[index] + len(self.words[index])


def scan(text: str) -> Scan:
    """Cut `text` into words and special tokens. Linear time for any input."""
    folded = fold(text)
    found = Scan(text, folded)
    words, spots, special = found.words, found.spots, found.special
    for match in _SCAN.finditer(text):
        kind = match.lastgroup
        start, end = match.span()
        if kind == "word":
            words.append(folded[start:end])
            spots.append(start)
        elif kind is not None:
            if kind in {"link", "domain"}:
                end = start + len(text[start:end].rstrip(_TRAILING))
            special.append(Token(kind, start, end))
    return found


class Reading:
    """A post as it is read: `text` is title and text in one; `place` leads back to the post's own offsets."""

    __slots__ = ("__dict__", "shift", "text")

    def __init__(self, title: str, body: str) -> None:
        """Join title and body, cut at LIMIT characters."""
        title = title[:2000]
        self.shift = len(title) + len(_GAP) if title else 0
        self.text = clean((title + _GAP + body if title else body)[:LIMIT])

    @classmethod
    def of(cls, post: Post) -> Reading:
        """What is read of `post`."""
        return cls(post.title, post.text)

    @cached_property
    def scan(self) -> Scan:
        """The text cut into tokens, once."""
        return scan(self.text)

    def place(self, start: int, end: int) -> tuple[int, int, Field] | None:
        """Offsets in the post's own field, or None where a span runs over the edge of the title."""
        if not self.shift:
            return start, end, "text"
        if end <= self.shift - len(_GAP):
            return start, end, "title"
        if start >= self.shift:
            return start - self.shift, end - self.shift, "text"
        return None

    def evidence(self, start: int, end: int, what: str, weight: float = 0.0) -> Evidence | None:
        """Evidence at the post's own offsets, or None where the span runs over the edge of the title."""
        placed = self.place(start, end)
        return None if placed is None else Evidence(placed[0], placed[1], what, weight, placed[2])
