"""Honest figures: every post is judged by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from nlp.calibration import sigmoid
from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess, measure
from nlp.labelled import Labelled
from nlp.severity import level
from nlp.stage import WordStage
from nlp.training import words

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A guess for every post by a model that never saw it, and the mean operating point of those models."""

    guesses: list[Guess]
    threshold: float


def by_chance(posts: Sequence[Labelled], folds: int, *, seed: int = 0) -> Iterator[tuple[Rows, Rows]]:
    """(trained on, held out) row numbers of `folds` stratified folds."""
    labels = [post.complaint for post in posts]
    yield from StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)


def by_domain(posts: Sequence[Labelled]) -> Iterator[tuple[Rows, Rows]]:
    """Leave one domain out. Posts that go to no brand ("random_…") are spread over the folds.

    Each fold holds out one brand domain and an equal share of the random posts, so that both classes
    are in it and nothing of the held-out industry is trained on.
    """
    domains = np.array([post.domain or "" for post in posts])
    names = sorted({name for name in domains if name and not name.startswith("random")})
    random = np.flatnonzero([not name or name.startswith("random") for name in domains])
    for at, name in enumerate(names):
        held = np.concatenate((np.flatnonzero(domains == name), random[at :: len(names)]))
        yield np.setdiff1d(np.arange(len(posts)), held), np.sort(held)


def held_out(posts: Sequence[Labelled], splits: Iterator[tuple[Rows, Rows]]) -> HeldOut:
    """Train the word stage on each split and guess what it holds out."""
    columns = words.Columns.of([post.text for post in posts])
    guesses: dict[int, Guess] = {}
    thresholds: list[float] = []
    for trained, held in splits:
        weights = words.fit(columns, posts, trained)
        thresholds.append(weights.threshold)
        scores = words.score(weights, columns, held)
        chances = sigmoid(weights.scale(scores[:, 0]))
        for row, chance, levels in zip(held, chances, scores[:, 1:], strict=True):
            guesses[int(row)] = Guess(float(chance), level(list(levels)))
    return HeldOut([guesses[row] for row in range(len(posts))], float(np.mean(thresholds)))


def cross_validate(posts: Sequence[Labelled], folds: int, *, seed: int = 0) -> dict[str, Any]:
    """`nlp.evaluation.measure` over `folds` folds. The speed is that of a model trained on all but one."""
    held = held_out(posts, by_chance(posts, folds, seed=seed))
    trained = next(by_chance(posts, folds, seed=seed))[0]
    made = words.fit(words.Columns.of([post.text for post in posts]), posts, trained)
    model = ComplaintModel(WordStage(made), "unsaved")
    started = perf_counter()
    model.predict([post.text for post in posts])
    speed = len(posts) / (perf_counter() - started)
    return measure(posts, held.guesses, threshold=held.threshold, posts_per_second=speed)


def figures(name: str, found: dict[str, Any]) -> str:
    """One line for people: the figures of a table in the model card."""
    point = found["at_operating_point"]
    return (
        f"{name:<28} n {found['n']:>5}  macro-F1 {found['macro_f1']:.3f}  P {found['precision']:.3f}  "
        f"R {found['recall']:.3f}  F1 {found['f1']:.3f}  AUC {found['auc'] or 0:.3f}  "
        f"ECE {found['ece']:.3f}  severity {found.get('severity_macro_f1', float('nan')):.3f}  "
        f"at point {point['threshold']:.3f}: P {point['precision']:.3f} R {point['recall']:.3f}"
    )
