"""What a post is about: topics from a taxonomy that a brand can make its own.

The taxonomy is `nlp/topics.yaml`, or a file of the same form. Several topics per post, strongest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, model_validator

from listeners.brand import Strict, Word
from nlp.phrases import Hit, Phrases
from nlp.reading import Scan

STRONG = 2.0
"""Weight of a phrase that settles a topic alone; a plain word weighs 1."""
ENOUGH = 0.45
"""A topic is kept from this share of the strongest one's weight on, or where one phrase settles it."""
MOST = 4
_COUNTED = 40  # phrases of one topic in one post; more say nothing more
PREFIX = "topic:"


class Topic(Strict):
    """One topic of the taxonomy."""

    name: Word
    words: tuple[Word, ...] = ()
    strong: tuple[Word, ...] = ()
    examples: tuple[Annotated[str, Field(max_length=500)], ...] = ()


class Taxonomy(Strict):
    """The topics in the order they are shown. Exactly one has no words: it takes what is left over."""

    topics: tuple[Topic, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_differ(self) -> Taxonomy:
        names = [topic.name for topic in self.topics]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"topics named twice: {', '.join(sorted(twice))}")
        if sum(not topic.words and not topic.strong for topic in self.topics) > 1:
            raise ValueError("more than one topic has no words; only the one for the rest may")
        return self

    @property
    def rest(self) -> str:
        """The topic of a post that has none: the one without words, or "other"."""
        return next((topic.name for topic in self.topics if not topic.words and not topic.strong), "other")

    def phrases(self) -> dict[str, list[str | tuple[str, float]]]:
        """Labelled phrases for `Phrases`."""
        out: dict[str, list[str | tuple[str, float]]] = {}
        for topic in self.topics:
            strong = {phrase.lower() for phrase in topic.strong}
            plain = [word for word in topic.words if word.lower() not in strong]
            out[PREFIX + topic.name] = [*plain, *((phrase, STRONG) for phrase in topic.strong)]
        return out


def load(path: Path | None = None) -> Taxonomy:
    """The taxonomy of a YAML file, or the shipped one. Raises pydantic's ValidationError or YAMLError."""
    return _shipped() if path is None else _parse(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _shipped() -> Taxonomy:
    return _parse(resources.files("nlp").joinpath("topics.yaml").read_text(encoding="utf-8"))


def _parse(text: str) -> Taxonomy:
    return Taxonomy.model_validate(yaml.safe_load(text))


def topics_of(hits: Iterable[Hit], rest: str) -> tuple[tuple[str, ...], list[Hit]]:
    """Topics, strongest first, and the hits that made them. `hits` may hold other labels too."""
    taken: dict[str, list[Hit]] = {}
    # Phrases over the same words ("internet down" and "internet") count once, as the weightiest.
    for hit in sorted(hits, key=lambda hit: (-hit.weight, hit.start - hit.end)):
        if hit.label.startswith(PREFIX):
            same = taken.setdefault(hit.label[len(PREFIX) :], [])
            if len(same) < _COUNTED and all(hit.end <= o.start or o.end <= hit.start for o in same):
                same.append(hit)
    if not taken:
        return (rest,), []
    weights = {name: sum(hit.weight for hit in same) for name, same in taken.items()}
    enough = min(ENOUGH * max(weights.values()), STRONG)
    kept = sorted((n for n, w in weights.items() if w >= enough), key=lambda n: -weights[n])[:MOST]
    return tuple(kept), sorted((hit for name in kept for hit in taken[name]), key=lambda hit: hit.start)


def of_thread(before: Iterable[Hit], rest: str, *, brands_words: bool = False) -> tuple[str, ...]:
    """Topics of a post that shows none itself ("iOS 11", "same here"): those of the post before.

    brands_words: that post is the brand's own. Then only what it says twice, or strongly, counts:
    "DM us the email of your account" is how a desk talks, not what the matter is about.
    """
    names, hits = topics_of(before, rest)
    if brands_words and sum(hit.weight for hit in hits) < STRONG:
        return (rest,)
    return names


def topics(text: Scan, taxonomy: Taxonomy, phrases: Phrases | None = None) -> tuple[str, ...]:
    """The topics of a scanned text by `taxonomy`: for trying one out."""
    found: Sequence[Hit] = (phrases or Phrases(taxonomy.phrases())).find(text)
    return topics_of(found, taxonomy.rest)[0]
