"""Which Apple? Whether an ordinary word in a post means the brand of that name.

A brand gives one line of description, and where it likes context words and example posts. How the word
is written, what stands beside it and what the post speaks of are weighed (nlp/which_features.py) by
weights learnt on other brands' names; a brand's own examples move the weights for that brand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from listeners.brand import Brand
from nlp.mention import How
from nlp.names import Names
from nlp.reading import Scan, scan
from nlp.vectors import Vector
from nlp.which_features import Trade, features, is_ordinary

FILE = "which_brand.json"
LIKE = "like its examples"
LIKE_WEIGHT = 2.5
"""What likeness to a brand's own examples counts before they have been learnt from."""
RARE = "no everyday word"
RARE_WEIGHT = 3.0
"""What counts for a name that is no everyday word: only a brand's own counter-examples put it in doubt."""
PULL = 1.0
"""How strongly weights stay where they were when a brand's examples move them (L2)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """probability: that the brand is meant. because: what spoke for (+) or against (-), strongest first."""

    probability: float
    meant: bool
    because: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """Feature → weight, and the probability from which the brand is taken to be meant."""

    weights: Mapping[str, float]
    threshold: float


@lru_cache(maxsize=1)
def learnt() -> Weights:
    """The shipped weights, made by nlp/training/which_brand.py."""
    text = resources.files("nlp").joinpath("model", FILE).read_text(encoding="utf-8")
    loaded = json.loads(text)
    return Weights(loaded["weights"], loaded["threshold"])


class WhichBrand:
    """Weighs one brand's name where it stands in a post."""

    def __init__(self, brand: Brand, weights: Weights | None = None) -> None:
        """Prepare for `brand`; `weights` stand in for the shipped ones."""
        self.brand = brand
        self._base = weights or learnt()
        self.threshold = self._base.threshold
        self._trade = Trade(brand)
        self._names = Names()
        for name in (brand.name, *brand.aliases):
            self._names.add(0, How.NAME, name, case_sensitive=brand.case_sensitive, slack="off")
        self._meant = self._centre(brand.examples)
        self._other = self._centre(brand.counter_examples)
        self._told = self._meant is not None or self._other is not None
        self._weights = {**self._base.weights, RARE: RARE_WEIGHT}
        if self._told:
            self._weights[LIKE] = LIKE_WEIGHT
            self._learn()

    @classmethod
    def of(cls, brand: Brand) -> WhichBrand | None:
        """A weigher where `brand` needs one: an ordinary word with a description, or examples given."""
        told = brand.examples or brand.counter_examples
        if told or (brand.description and is_ordinary(brand.name)):
            return cls(brand)
        return None

    def weigh(self, text: Scan, places: Sequence[tuple[int, int, How]]) -> Verdict:
        """How likely the brand is meant at the likeliest of `places`."""
        best: Verdict | None = None
        for start, end, how in places:
            written = text.text[start:end]
            rare = not is_ordinary(written)
            if how in {How.PRODUCT, How.NEAR} or (rare and not self._told):
                return Verdict(0.97, True, ((f"{written!r} is no everyday word", 3.5),))
            seen = self.features(text, start, end)
            if rare:
                seen[RARE] = 1.0
            verdict = self.weigh_one(seen)
            if best is None or verdict.probability > best.probability:
                best = verdict
        assert best is not None
        return best

    def features(self, text: Scan, start: int, end: int) -> dict[str, float]:
        """The features of the name at [start, end)."""
        seen = features(text, start, end, self._trade, self.brand.name)
        if LIKE in self._weights:
            seen[LIKE] = self._like(self._trade.meaning(text.words))
        return seen

    def weigh_one(self, seen: Mapping[str, float]) -> Verdict:
        """The verdict on one place by its features."""
        parts = [(name, value * self._weights.get(name, 0.0)) for name, value in seen.items()]
        total = sum(part for _, part in parts)
        probability = float(1 / (1 + np.exp(-total)))
        told = sorted((part for part in parts if part[0] != "bias"), key=lambda part: -abs(part[1]))[:6]
        return Verdict(
            round(probability, 3),
            probability >= self.threshold,
            tuple((name, round(w, 2)) for name, w in told if w),
        )

    def _centre(self, posts: Iterable[str]) -> Vector | None:
        """The mean meaning of example posts."""
        means = [self._trade.meaning(scan(post).words) for post in posts]
        known = [mean for mean in means if mean is not None]
        if not known:
            return None
        total: Vector = np.sum(known, axis=0)
        return total / np.linalg.norm(total)

    def _like(self, mean: Vector | None) -> float:
        """Nearer to the examples (+) or to the counter-examples (-)."""
        if mean is None:
            return 0.0
        meant = float(mean @ self._meant) if self._meant is not None else 0.3
        other = float(mean @ self._other) if self._other is not None else 0.3
        return meant - other

    def _learn(self) -> None:
        """Move the weights towards the brand's own examples, held near where they were."""
        rows: list[dict[str, float]] = []
        labels: list[float] = []
        for posts, label in ((self.brand.examples, 1.0), (self.brand.counter_examples, 0.0)):
            for post in posts:
                text = scan(post)
                found = self._names.find(text)
                if found:
                    rows.append(self.features(text, found[0][1], found[0][2]))
                    labels.append(label)
        if not rows:
            return
        names = sorted({name for row in rows for name in row})
        if len(set(labels)) == 1:
            names = [
                name for name in names if name != "bias"
            ]  # one side alone says nothing of how common it is
        start = np.array([self._weights.get(name, 0.0) for name in names])
        bias = np.array([self._weights["bias"] if "bias" not in names else 0.0] * len(rows))
        matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
        moved = _fit_near(start, matrix, np.array(labels), bias)
        self._weights.update(zip(names, moved.tolist(), strict=True))


def _fit_near(
    start: NDArray[np.float64],
    matrix: NDArray[np.float64],
    labels: NDArray[np.float64],
    offset: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Newton steps for logistic loss plus PULL/2 · |w - start|²."""
    weights = start.copy()
    for _ in range(8):
        chance = 1 / (1 + np.exp(-(matrix @ weights + offset)))
        slope = matrix.T @ (chance - labels) + PULL * (weights - start)
        curve = (matrix * (chance * (1 - chance))[:, None]).T @ matrix + PULL * np.eye(len(start))
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-4:
            break
    return weights
