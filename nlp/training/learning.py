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

from nlp import weights
from nlp.calibration import Floats, Scale
from nlp.cascade import Cascade
from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess
from nlp.labelled import Labelled, read_labelled
from nlp.mode import Mode
from nlp.severity import level
from nlp.stage import WordStage
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

    posts, guesses: what it learnt from, and what its folds, that had not seen them, said of each as of any
    post. as_mentions: their probabilities as of posts that name a brand, where they were judged so.
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
    as_mentions: Sequence[float] | None = None

    def save(self, folder: Path) -> None:
        """Write it to `folder`, which is made; the encoder stays where the shipped one is."""
        folder.mkdir(parents=True, exist_ok=True)
        weights.save(replace(self.weights, meta=self.meta), folder / weights.FILE)
        compare.remember(folder, self.posts, self.guesses, as_mentions=self.as_mentions, beside=self.beside)
        if self.plan is not None:
            self.plan.save(folder)


def from_labels(
    posts: Sequence[Labelled], old: ComplaintModel, *, progress: Progress | None = None
) -> Candidate:
    """Move the shipped word stage by `posts`, and compare with `old` in its mode. Raises TooFew.

    old: loaded as a pass loads it, for posts that name a brand, as all that a desk labels do; both are
    compared so. The mix of the stages stays as it is.
    """
    enough(posts)
    tell = progress or _silent
    shipped = _Shipped.load(old.mode)
    texts = [post.text for post in posts]
    columns = Columns.of(texts)
    chances, of_any = np.zeros(len(posts)), np.zeros(len(posts))
    for done, (trained, held) in enumerate(warm.folds(posts)):
        tell("learning", done, warm.FOLDS + 1)
        fold = warm.moved(shipped.weights, columns, posts, trained, mentions=shipped.words_among)
        unseen = [texts[row] for row in held]
        chances[held] = shipped.told(fold, unseen, of_mentions=True)
        of_any[held] = shipped.told(fold, unseen, of_mentions=False)
    tell("learning", warm.FOLDS, warm.FOLDS + 1)
    rows = np.arange(len(posts))
    made = warm.moved(shipped.weights, columns, posts, rows, mentions=shipped.words_among)
    tell("learning", warm.FOLDS + 1, warm.FOLDS + 1)
    levels = score(shipped.weights, columns, rows)[:, 1:]
    guesses = [Guess(float(p), level(list(row))) for p, row in zip(of_any, levels, strict=True)]
    points = (old.threshold, shipped.model.threshold)
    sides = [
        side("your labels", [post.complaint for post in posts], compare.unseen(old, posts), chances, points),
        _own_words(old, made, shipped),
    ]
    figures = {one.name: one.figures() for one in sides}
    reasons = [f"on your labels {why}" for why in worse(figures["your labels"], strictly=True)]
    reasons += [f"on our own words {why}" for why in worse(figures["our own words"], slack=BY_HEART)]
    return Candidate(
        made,
        shipped.model.plan,
        posts,
        guesses,
        figures,
        tuple(reasons),
        {**shipped.weights.meta, "desk_labels": len(posts)},
        weights.SHIPPED,
        chances.tolist(),
    )


@dataclass(frozen=True, slots=True)
class _Shipped:
    """The shipped model as a pass uses it, and its weights for posts of any kind too."""

    model: ComplaintModel
    weights: Weights

    @classmethod
    def load(cls, mode: Mode) -> _Shipped:
        model = ComplaintModel.load(mode=mode, of_mentions=True)
        return cls(model, weights.load(weights.SHIPPED / weights.FILE))

    @property
    def words_among(self) -> Scale:
        """From the log-odds of words to those among posts that name a brand."""
        plan = self.model.plan
        return plan.mentions.get("fast", Scale()) if plan is not None else Scale()

    def told(self, words: Weights, texts: Sequence[str], *, of_mentions: bool) -> Floats:
        """Probabilities by this model with other weights of words (posts,)."""
        own = self.model
        judge = ComplaintModel(
            WordStage(words, own.stage.meaning),
            "",
            mode=own.mode,
            plan=own.plan,
            encoder=own.encoder,
            of_mentions=of_mentions,
        )
        return np.array([verdict.probability for verdict in judge.predict(texts, why=False)])


def _own_words(old: ComplaintModel, made: Weights, shipped: _Shipped) -> Side:
    """Both models on our own words, from which the shipped weights have learnt and the labels have not."""
    posts = read_labelled(OWN_WORDS)
    texts = [post.text for post in posts]
    before = [verdict.probability for verdict in old.predict(texts, why=False)]
    after = shipped.told(made, texts, of_mentions=True)
    points = (old.threshold, shipped.model.threshold)
    return side("our own words", [post.complaint for post in posts], before, after, points)


def enough(posts: Sequence[Labelled]) -> None:
    """Raises TooFew where `posts` cannot teach anything."""
    complaints = sum(post.complaint for post in posts)
    if len(posts) < FEWEST or min(complaints, len(posts) - complaints) < FEWEST // 4:
        raise TooFew(
            f"{len(posts)} labelled posts, {complaints} of them complaints: {FEWEST} are needed, "
            f"at least {FEWEST // 4} complaints and {FEWEST // 4} others"
        )


def _silent(what: str, done: int, of: int) -> None:
    """Nobody watches."""
