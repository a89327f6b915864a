"""Help articles at hand: the passages of `config/knowledge/*.md` that fit what a person asks.

An article is a Markdown file: a title (`# …`), paragraphs, and above them, where wanted, a block
between `---` lines with `topics:` (names from the taxonomy) and `link:` (its public address).
Passages are ranked by BM25 (k1 1.2, b 0.75) over the words of paragraph and title; an article about a
topic of the mention counts half as much again.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from earnest.desk.words import Mark, safe_url
from earnest.search.stems import stems
from listeners.brand import Strict, Word

_HEAD = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_BESIDE = 0.45
"""Offers below this share of the best one's score would only distract from it."""
_LEAST = 1.5
_SHARED = 2
"""A passage fits with a score above the first, and so many words in common or one with its title."""


class Head(Strict):
    """What an article says of itself above its text."""

    topics: tuple[Word, ...] = ()
    link: str = Field(default="", max_length=500)


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of an article. name: the file, without its ending."""

    name: str
    title: str
    text: str
    topics: tuple[str, ...]
    link: str
    stems: Counter[str]
    naming: frozenset[str]
    """The stems of the title."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A passage that fits, with the shared words marked."""

    passage: Passage
    marks: tuple[Mark, ...]
    score: float


class Shelf:
    """The articles of a folder. Files are read anew when one of them changes."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it may not exist."""
        self.folder = folder
        self._stamp: object = None
        self._passages: list[Passage] = []
        self._rarity: dict[str, float] = {}
        self._length = 1.0

    def fitting(self, text: str, topics: Sequence[str] = (), *, most: int = 3) -> list[Offer]:
        """The best passage of each of the `most` articles that fit `text`, best first; [] where none does."""
        self._read()
        asked = set(stems(text))
        best: dict[str, Offer] = {}
        for passage in self._passages:
            shared = asked & passage.stems.keys()
            if len(shared) < _SHARED and not shared & passage.naming:
                continue
            score = self._score(shared, passage) * (1.5 if set(topics) & set(passage.topics) else 1.0)
            if score > max(_LEAST, best[passage.name].score if passage.name in best else 0.0):
                best[passage.name] = Offer(passage, _shared(asked, passage.text), score)
        ranked = sorted(best.values(), key=lambda offer: -offer.score)[:most]
        return [offer for offer in ranked if offer.score >= _BESIDE * ranked[0].score]

    def link_about(self, text: str, topics: Sequence[str]) -> str:
        """The public address of the article about one of these topics that fits `text` best; "" for none."""
        self._read()
        asked = set(stems(text))
        about = [p for p in self._passages if p.link and set(p.topics) & set(topics)]
        best = max(
            about, key=lambda passage: self._score(asked & passage.stems.keys(), passage), default=None
        )
        return best.link if best else ""

    def _score(self, shared: set[str], passage: Passage) -> float:
        length = sum(passage.stems.values())
        total = 0.0
        for stem in shared:
            count = passage.stems[stem]
            total += self._rarity[stem] * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / self._length))
        return total

    def _read(self) -> None:
        files = sorted(self.folder.glob("*.md")) if self.folder.is_dir() else []
        stamp = [(path, path.stat().st_mtime_ns) for path in files]
        if stamp == self._stamp:
            return
        self._passages = [passage for path in files for passage in read(path.stem, path.read_text("utf-8"))]
        in_how_many = Counter(stem for passage in self._passages for stem in passage.stems)
        n = len(self._passages)
        self._rarity = {s: math.log(1 + (n - k + 0.5) / (k + 0.5)) for s, k in in_how_many.items()}
        self._length = sum(sum(p.stems.values()) for p in self._passages) / max(1, n)
        self._stamp = stamp


def read(name: str, text: str) -> list[Passage]:
    """The passages of one article. A block above the text that cannot be read is passed over."""
    head = Head()
    if match := _HEAD.match(text):
        text = text[match.end() :]
        try:
            head = TypeAdapter(Head).validate_python(yaml.safe_load(match.group(1)) or {})
        except (yaml.YAMLError, ValidationError):
            head = Head()
    title = name.replace("-", " ").capitalize()
    passages = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("# "):
            title, _, block = block[2:].partition("\n")  # noqa: PLW2901 - what follows the title is text
        body = re.sub(r"^#+ ", "", block.strip(), flags=re.MULTILINE)
        body = " ".join(re.sub(r"[*_`]{1,2}(\S.*?\S|\S)[*_`]{1,2}", r"\1", body).split())
        if body:
            found = Counter(stems(f"{title} {body}"))
            link, naming = safe_url(head.link) or "", frozenset(stems(title))
            passages.append(Passage(name, title, body, head.topics, link, found, naming))
    return passages


def _shared(asked: set[str], text: str) -> tuple[Mark, ...]:
    found = [m for m in re.finditer(r"\w+", text) if set(stems(m.group())) & asked]
    return tuple(Mark(m.start(), m.end()) for m in found)
