"""Training everything again on the data set and the desk's labels together. Needs scikit-learn.

The encoder is not taught anew (that takes torch and an hour): of posts it has learnt from it says what its
own folds said, and the cascade is fitted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nlp import weights
from nlp.complaints import ComplaintModel
from nlp.encoder import FOLDER, there
from nlp.labelled import Labelled, read_labelled
from nlp.mode import Mode
from nlp.training import OWN_WORDS, compare, folds, mixing, warm, words
from nlp.training.learning import Candidate, Progress
from nlp.training.side import side, worse

FOLDS = warm.FOLDS
FEWEST_APART = 20
"""Desk labels from which they are also compared by themselves."""


def learn(
    base: Sequence[Labelled],
    desk: Sequence[Labelled],
    old: ComplaintModel,
    *,
    progress: Progress | None = None,
) -> Candidate:
    """Train on `base`, `desk` and our own words; compare with `old` on `base` and `desk`.

    Both are compared in balanced mode (words alone where there is no encoder), whatever the mode of `old`:
    that is what a model's folds are remembered in.
    """
    posts = [*base, *desk]
    own = read_labelled(OWN_WORDS)
    encoder = weights.SHIPPED / FOLDER
    splits = _told(_splits(base, desk), progress)
    held = folds.held_out(posts, splits, encoder if there(encoder) else None, own)
    mode: Mode = "balanced" if "balanced" in held.modes() else "fast"
    old = old if old.mode == mode else ComplaintModel.load(old.folder, mode=mode)
    guesses, point = held.guesses(mode)
    everyone = [*posts, *own]
    columns = words.Columns.of([post.text for post in everyone])
    speaks = np.concatenate((folds.to_brands(posts), np.ones(len(own), np.bool_)))
    made = words.fit(columns, everyone, np.arange(len(everyone)), named=speaks)
    plan = None
    if held.encoder is not None:
        plan = mixing.fit(held.word, held.encoder, held.labels, held.named, held.among)
    if progress is not None:
        progress("learning", FOLDS + 1, FOLDS + 1)
    before = compare.unseen(old, posts)
    after = [guess.probability for guess in guesses]
    sides = []
    for name, start, end in (("the labelled posts", 0, len(base)), ("your labels", len(base), len(posts))):
        truth = [post.complaint for post in posts[start:end]]
        if start == 0 or (len(truth) >= FEWEST_APART and len(set(truth)) == 2):
            points = (old.threshold, point)
            sides.append(side(name, truth, before[start:end], after[start:end], points))
    figures = {one.name: one.figures() for one in sides}
    reasons = [f"on {one.name} {why}" for one in sides for why in worse(figures[one.name])]
    meta = {"posts": len(posts), "desk_labels": len(desk)}
    return Candidate(made, plan, posts, guesses, figures, tuple(reasons), meta)


def _splits(base: Sequence[Labelled], desk: Sequence[Labelled]) -> Iterator[tuple[folds.Rows, folds.Rows]]:
    """The folds in which the shipped weights were judged, and in each its share of the desk's labels.

    So old and new are compared on the same folds, and chance in cutting them tells little.
    """
    every = np.arange(len(base) + len(desk))
    shares = [held for _, held in warm.folds(desk)]
    for (_, held), share in zip(folds.by_chance(base, FOLDS), shares, strict=True):
        both = np.concatenate((held, share + len(base)))
        yield np.setdiff1d(every, both), both


def _told(
    splits: Iterator[tuple[folds.Rows, folds.Rows]], progress: Progress | None
) -> Iterator[tuple[folds.Rows, folds.Rows]]:
    for done, split in enumerate(splits):
        if progress is not None:
            progress("learning", done, FOLDS + 1)
        yield split
