"""A better model from the desk's labels, or none: learns, compares with the model in use, and says which.

Two ways. With the posts that the shipped weights were made from (`whole`), everything is trained again on
both. Without them (`from_labels`, the usual case) the shipped word stage is moved by the labels (see
`nlp.training.warm`); the encoder and the cascade stay as they are.

Old and new are compared on posts that neither has seen: of posts it has learnt from, a model says what a
fold of it said (`held_out.npz` beside its weights). Our own words (nlp/training/own_words.csv) are the
second examination: what was known before must not be unlearnt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from nlp import weights
from nlp.calibration import Floats, Scale, log_odds, sigmoid
from nlp.cascade import Cascade
from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess
from nlp.labelled import Labelled, read_labelled
from nlp.mode import Mode
from nlp.severity import level
from nlp.training import OWN_WORDS, compare, warm
from nlp.training.columns import Columns, score
from nlp.training.side import Side, side, worse
from nlp.weights import Weights

FEWEST: Final = 40
"""Labelled posts under which nothing is learnt; a quarter of them of each sort."""

BY_HEART: Final = 0.05
"""What may be lost on our own words, which the shipped weights know by heart and no label speaks of."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class TooFew(ValueError):
    """There are too few labels to learn from; the message says how many there are."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A new model. comparisons: figures per set of posts. worse: why it must not replace the old one.

    posts, guesses: what it learnt from, and what its folds, that had not seen them, said of each.
    beside: the folder of the model it stands on.
    """

    weights: Weights
    plan: Cascade | None
    posts: Sequence[Labelled]
    guesses: Sequence[Guess]
    comparisons: dict[str, dict[str, Any]]
    worse: tuple[str, ...]
    meta: dict[str, Any] = field(default_factory=dict)
    beside: Path | None = None

    def save(self, folder: Path) -> None:
        """Write it to `folder`, which is made; the encoder stays where the shipped one is."""
        folder.mkdir(parents=True, exist_ok=True)
        weights.save(replace(self.weights, meta=self.meta), folder / weights.FILE)
        compare.remember(folder, self.posts, self.guesses, beside=self.beside)
        if self.plan is not None:
            self.plan.save(folder)


def from_labels(
    posts: Sequence[Labelled], old: ComplaintModel, *, progress: Progress | None = None
) -> Candidate:
    """Move the shipped word stage by `posts`, and compare with `old` in its mode. Raises TooFew.

    old: loaded for posts of any kind; both are compared so, their probabilities told as of posts that name
    a brand. The mix of the stages for such posts stays as it is.
    """
    enough(posts)
    tell = progress or _silent
    shipped = ComplaintModel.load(mode=old.mode)
    columns = Columns.of([post.text for post in posts])
    rows = np.arange(len(posts))
    odds = np.zeros(len(posts))
    words = _among(shipped, "fast")
    for done, (trained, held) in enumerate(warm.folds(posts)):
        tell("learning", done, warm.FOLDS + 1)
        fold = warm.moved(shipped.stage.weights, columns, posts, trained, mentions=words)
        odds[held] = fold.scale(score(fold, columns, held)[:, 0])
    tell("learning", warm.FOLDS, warm.FOLDS + 1)
    made = warm.moved(shipped.stage.weights, columns, posts, rows, mentions=words)
    tell("learning", warm.FOLDS + 1, warm.FOLDS + 1)
    texts = [post.text for post in posts]
    chances = _in_mode(shipped, odds, texts)
    levels = score(shipped.stage.weights, columns, rows)[:, 1:]
    guesses = [Guess(float(p), level(list(row))) for p, row in zip(chances, levels, strict=True)]
    sides = [_beside("your labels", posts, compare.unseen(old, posts), chances, (old, shipped))]
    sides.append(own_words(old, made, shipped))
    figures = {one.name: one.figures() for one in sides}
    reasons = [f"on your labels {why}" for why in worse(figures["your labels"], strictly=True)]
    reasons += [f"on our own words {why}" for why in worse(figures["our own words"], slack=BY_HEART)]
    meta = {**shipped.stage.weights.meta, "desk_labels": len(posts)}
    return Candidate(made, shipped.plan, posts, guesses, figures, tuple(reasons), meta, weights.SHIPPED)


def own_words(old: ComplaintModel, made: Weights, shipped: ComplaintModel) -> Side:
    """Both models on our own words, from which the shipped weights have learnt and the labels have not."""
    posts = read_labelled(OWN_WORDS)
    texts = [post.text for post in posts]
    columns = Columns.of(texts)
    odds = made.scale(score(made, columns, np.arange(len(posts)))[:, 0])
    before = [verdict.probability for verdict in old.predict(texts, why=False)]
    return _beside("our own words", posts, before, _in_mode(shipped, odds, texts), (old, shipped))


def enough(posts: Sequence[Labelled]) -> None:
    """Raises TooFew where `posts` cannot teach anything."""
    complaints = sum(post.complaint for post in posts)
    if len(posts) < FEWEST or min(complaints, len(posts) - complaints) < FEWEST // 4:
        raise TooFew(
            f"{len(posts)} labelled posts, {complaints} of them complaints: {FEWEST} are needed, "
            f"at least {FEWEST // 4} complaints and {FEWEST // 4} others"
        )


def _in_mode(model: ComplaintModel, odds: Floats, texts: Sequence[str]) -> Floats:
    """Probabilities of both stages of `model` together, where its words say `odds` (calibrated)."""
    if model.plan is None or model.encoder is None:
        return sigmoid(odds)
    rows = np.flatnonzero(model.plan.doubtful(odds, model.mode))
    both = np.array(odds)
    if len(rows):
        said = model.encoder.score([texts[int(row)] for row in rows])
        both[rows] = model.plan.together(odds[rows], said[:, 0])
    return sigmoid(both)


def _among(model: ComplaintModel, mode: Mode) -> Scale:
    """From the model's log-odds in `mode` to those among posts that name a brand."""
    return model.plan.mentions.get(mode, Scale()) if model.plan is not None else Scale()


def _beside(
    name: str,
    posts: Sequence[Labelled],
    before: ArrayLike,
    after: ArrayLike,
    models: tuple[ComplaintModel, ComplaintModel],
) -> Side:
    """The probabilities of two models for posts of any kind, as they tell them of posts that name a brand."""
    scales = [_among(model, model.mode) for model in models]
    old, new = (sigmoid(scale(log_odds(p))) for scale, p in zip(scales, (before, after), strict=True))
    points = [float(sigmoid(scale(log_odds(m.threshold)))) for scale, m in zip(scales, models, strict=True)]
    return side(name, [post.complaint for post in posts], old, new, (points[0], points[1]))


def _silent(what: str, done: int, of: int) -> None:
    """Nobody watches."""
