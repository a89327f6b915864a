"""Trains the word stage: two logistic regressions over the columns of `nlp.features`.

The numbers below were chosen by five-fold cross-validation on X-CI (see nlp/model/MODEL_CARD.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from nlp.calibration import Scale, fit_scale, operating_point, sigmoid
from nlp.encoder import FOLDER
from nlp.features import SIGNALS, Read, read
from nlp.labelled import Labelled
from nlp.meaning import WIDTH
from nlp.meaning import table as meaning_table
from nlp.severity import LEVELS
from nlp.weights import COLUMNS, OUTPUTS, SHIPPED, Weights
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS, cut

SEED: Final = 20_26
RECALL: Final = 0.95  # of complaints, at the operating point: a miss leaves a person alone
STRENGTH: Final = 4.0  # inverse regularisation, both regressions
GROUP_WEIGHT: Final = {"words": 1.2, "grams": 1.2}
SIGNAL_WEIGHT: Final = 0.2
MEANING_WEIGHT: Final = 0.04
SEEN_IN: Final = 2  # posts that a column must occur in

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """All posts as counts (0 or 1) of words and grams, and raw signals: read once, used by every fold."""

    words: Any
    grams: Any
    signals: Floats
    meaning: Floats

    @classmethod
    def of(cls, texts: Sequence[str]) -> Columns:
        """Read `texts`."""
        posts = [read(cut(text)[0]) for text in texts]
        return cls(
            _matrix([post.words for post in posts], WORD_BUCKETS),
            _matrix([post.grams for post in posts], GRAM_BUCKETS),
            np.array([post.signals for post in posts], np.float64).reshape(len(posts), len(SIGNALS)),
            np.array([_meaning(post) for post in posts], np.float64).reshape(len(posts), 2 * WIDTH),
        )


def fit(columns: Columns, posts: Sequence[Labelled], rows: NDArray[np.int64], *, folds: int = 5) -> Weights:
    """Weights trained on `rows`; calibration and operating point from `folds` inner folds of them."""
    # One thread: several get in each other's way on sums this small, and more so on a busy machine.
    with threadpool_limits(1):
        return _fit(columns, posts, rows, folds)


def _fit(columns: Columns, posts: Sequence[Labelled], rows: NDArray[np.int64], folds: int) -> Weights:
    labels = np.array([post.complaint for post in posts], int)
    raw = np.zeros(len(rows))
    for train, held in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(rows, labels[rows]):
        inner = _regress(columns, posts, rows[train], with_severity=False)
        raw[held] = score(inner, columns, rows[held])[:, 0]
    weights = _regress(columns, posts, rows, with_severity=True)
    scale = fit_scale(raw, labels[rows])
    threshold = operating_point(sigmoid(scale(raw)), labels[rows], RECALL)
    return replace(weights, scale=scale, threshold=threshold)


def score(weights: Weights, columns: Columns, rows: NDArray[np.int64]) -> Floats:
    """Raw scores (len(rows), OUTPUTS), as `nlp.stage.WordStage.score` gives them."""
    total = (
        weights.bias
        + ((columns.signals[rows] - weights.centre) / weights.spread)
        @ weights.table[WORD_BUCKETS + GRAM_BUCKETS :]
    )
    total = total + columns.meaning[rows] @ weights.meaning
    for block, part in ((columns.words, slice(0, WORD_BUCKETS)), (columns.grams, _GRAMS)):
        total = total + _unit(block[rows], weights.idf[part]) @ weights.table[part]
    return np.asarray(total, np.float64)


_GRAMS = slice(WORD_BUCKETS, WORD_BUCKETS + GRAM_BUCKETS)


def _regress(
    columns: Columns, posts: Sequence[Labelled], rows: NDArray[np.int64], *, with_severity: bool
) -> Weights:
    idf = np.ones(COLUMNS, np.float32)
    for block, part in ((columns.words, slice(0, WORD_BUCKETS)), (columns.grams, _GRAMS)):
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
            _unit(columns.words[rows], idf[:WORD_BUCKETS]) * GROUP_WEIGHT["words"],
            _unit(columns.grams[rows], idf[_GRAMS]) * GROUP_WEIGHT["grams"],
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
    levels = np.array([int(posts[row].severity or 0) for row in rows])
    reproach = np.flatnonzero((labels == 1) & (levels > 0))
    if with_severity and len({*levels[reproach]}) == len(LEVELS):
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000, random_state=SEED)
        model.fit(design[reproach], levels[reproach])
        learnt[live, 1:], bias[1:] = model.coef_.T, model.intercept_
    table, meaning = learnt[:COLUMNS].astype(np.float32), learnt[COLUMNS:].astype(np.float32)
    meaning *= (MEANING_WEIGHT / size)[:, None]
    bias -= middle @ meaning
    table[:WORD_BUCKETS] *= GROUP_WEIGHT["words"]
    table[_GRAMS] *= GROUP_WEIGHT["grams"]
    table[_GRAMS.stop :] *= SIGNAL_WEIGHT
    return Weights(
        idf=idf,
        table=table,
        centre=centre.astype(np.float32),
        spread=spread.astype(np.float32),
        meaning=meaning,
        bias=bias,
        scale=Scale(),
        threshold=0.5,
    )


def _meaning(post: Read) -> NDArray[np.float32]:
    return meaning_table(SHIPPED / FOLDER).of([word.text for word in post.kept])


def _matrix(lists: Sequence[NDArray[np.int64]], columns: int) -> Any:
    ends = np.cumsum([0, *(len(one) for one in lists)])
    flat = np.concatenate(lists) if lists else np.empty(0, np.int64)
    made = sp.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(lists), columns))
    made.sum_duplicates()
    made.data[:] = 1
    return made


def _unit(block: Any, idf: NDArray[np.float32]) -> Any:
    weighed = block @ sp.diags(idf.astype(np.float64))
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return sp.diags(1 / np.maximum(lengths, 1e-9)) @ weighed
