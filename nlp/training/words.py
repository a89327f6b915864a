"""Trains the word stage: two logistic regressions over the columns of `nlp.features`.

The numbers below were chosen by five-fold cross-validation on X-CI (see nlp/model/MODEL_CARD.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from nlp.calibration import Scale, fit_scale, operating_point, sigmoid
from nlp.labelled import Labelled
from nlp.meaning import WIDTH
from nlp.severity import LEVELS
from nlp.training.columns import (
    GRAMS,
    GROUP_WEIGHT,
    MEANING_WEIGHT,
    REST,
    SEEN_IN,
    SIGNAL_WEIGHT,
    WORDS,
    Columns,
    score,
    unit,
)
from nlp.weights import COLUMNS, OUTPUTS, AmongMentions, Weights

__all__ = ["Columns", "fit", "score"]

SEED: Final = 20_26
RECALL: Final = 0.95  # of complaints, at the operating point: a miss leaves a person alone
FEWEST_NAMED: Final = 100  # posts of each kind that name a brand, from which these get weights of their own
STRENGTH: Final = 4.0  # inverse regularisation, both regressions


def fit(
    columns: Columns,
    posts: Sequence[Labelled],
    rows: NDArray[np.int64],
    *,
    folds: int = 5,
    named: NDArray[np.bool_] | None = None,
) -> Weights:
    """Weights trained on `rows`; calibration and operating point from `folds` inner folds of them.

    named: which of `posts` name a brand; where enough do, `Weights.mentions` is the mean of what is learnt
    from all posts and what is learnt from these alone.
    """
    labels = np.array([post.complaint for post in posts], bool)
    if named is not None and min((labels & named)[rows].sum(), (~labels & named)[rows].sum()) < FEWEST_NAMED:
        named = None
    # One thread: several get in each other's way on sums this small, and more so on a busy machine.
    with threadpool_limits(1):
        return _fit(columns, posts, rows, folds, named)


def _fit(
    columns: Columns,
    posts: Sequence[Labelled],
    rows: NDArray[np.int64],
    folds: int,
    named: NDArray[np.bool_] | None,
) -> Weights:
    labels = np.array([post.complaint for post in posts], int)
    raw, among = np.zeros(len(rows)), np.zeros(len(rows))
    for train, held in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(rows, labels[rows]):
        inner = _regress(columns, posts, rows[train], with_severity=False, named=named)
        raw[held] = score(inner, columns, rows[held])[:, 0]
        among[held] = score(inner.among_mentions(), columns, rows[held])[:, 0]
    weights = _regress(columns, posts, rows, with_severity=True, named=named)
    scale = fit_scale(raw, labels[rows])
    threshold = operating_point(sigmoid(scale(raw)), labels[rows], RECALL)
    if named is not None and weights.mentions is not None:
        own = replace(weights.mentions, scale=fit_scale(among[named[rows]], labels[rows][named[rows]]))
        weights = replace(weights, mentions=own)
    return replace(weights, scale=scale, threshold=threshold)


def _regress(
    columns: Columns,
    posts: Sequence[Labelled],
    rows: NDArray[np.int64],
    *,
    with_severity: bool,
    named: NDArray[np.bool_] | None,
) -> Weights:
    idf = np.ones(COLUMNS, np.float32)
    for block, part in ((columns.words, WORDS), (columns.grams, GRAMS)):
        seen = np.asarray(block[rows].sum(axis=0)).ravel()
        idf[part] = np.where(seen >= SEEN_IN, np.log((1 + len(rows)) / (1 + seen)) + 1, 0)
    centre = columns.signals[rows].mean(axis=0)
    spread = columns.signals[rows].std(axis=0) + 1e-3
    meant = columns.meaning[rows]
    middle = meant.mean(axis=0)
    # The mean and the maximum are each brought to one size: no single direction of either counts more.
    size = np.repeat([meant[:, :WIDTH].std(axis=0).mean(), meant[:, WIDTH:].std(axis=0).mean()], WIDTH) + 1e-9
    design = sp.hstack(
        [
            unit(columns.words[rows], idf[WORDS]) * GROUP_WEIGHT["words"],
            unit(columns.grams[rows], idf[GRAMS]) * GROUP_WEIGHT["grams"],
            sp.csr_matrix((columns.signals[rows] - centre) / spread * SIGNAL_WEIGHT),
            sp.csr_matrix((meant - middle) / size * MEANING_WEIGHT),
        ]
    ).tocsc()
    live = np.flatnonzero(np.diff(design.indptr))  # most buckets are empty: leave them out of the sums
    design = design[:, live].tocsr()
    learnt = np.zeros((COLUMNS + 2 * WIDTH, OUTPUTS))
    bias = np.zeros(OUTPUTS, np.float32)
    labels = np.array([posts[row].complaint for row in rows], int)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=2000, random_state=SEED)
    model.fit(design, labels)
    learnt[live, 0], bias[0] = model.coef_[0], model.intercept_[0]
    among = np.zeros(len(learnt))
    if named is not None:
        mine = np.flatnonzero(named[rows])
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=2000, random_state=SEED)
        model.fit(design[mine], labels[mine])
        among[live], among_bias = model.coef_[0], float(model.intercept_[0])
    levels = np.array([int(posts[row].severity or 0) for row in rows])
    reproach = np.flatnonzero((labels == 1) & (levels > 0))
    if with_severity and len({*levels[reproach]}) == len(LEVELS):
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000, random_state=SEED)
        model.fit(design[reproach], levels[reproach])
        learnt[live, 1:], bias[1:] = model.coef_.T, model.intercept_
    sizes = np.ones(COLUMNS, np.float32)
    sizes[WORDS], sizes[GRAMS] = GROUP_WEIGHT["words"], GROUP_WEIGHT["grams"]
    sizes[REST] = SIGNAL_WEIGHT
    table, meaning = learnt[:COLUMNS].astype(np.float32), learnt[COLUMNS:].astype(np.float32)
    table *= sizes[:, None]
    meaning *= (MEANING_WEIGHT / size)[:, None]
    bias -= middle @ meaning
    own = None
    if named is not None:
        meant_own = among[COLUMNS:] * MEANING_WEIGHT / size
        own_bias = among_bias - float(middle @ meant_own)
        # Half of the other: alone these are better on their own kind of posts, and worse on others' tweets.
        own = AmongMentions(
            table=((among[:COLUMNS] * sizes + table[:, 0]) / 2).astype(np.float32),
            meaning=((meant_own + meaning[:, 0]) / 2).astype(np.float32),
            bias=(own_bias + float(bias[0])) / 2,
            scale=Scale(),
        )
    return Weights(
        idf=idf,
        table=table,
        centre=centre.astype(np.float32),
        spread=spread.astype(np.float32),
        meaning=meaning,
        bias=bias,
        scale=Scale(),
        threshold=0.5,
        mentions=own,
    )
