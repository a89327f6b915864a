"""Learning from the desk's labels alone: the shipped word stage, moved a little towards what people said.

Who runs a desk has its labels and not the posts that the shipped weights were made from. So those weights
are kept as they are, and a correction is added to them: a logistic regression whose starting point (and
whose prior mean) is the shipped model, so that a word nobody's label speaks of weighs what it weighed.
That is adaptation with a Gaussian prior around the old weights (Chelba & Acero 2004, "Adaptation of
maximum entropy capitalizer").

There is no intercept: labels come mostly from what the model brought to people, so that they say much
about words and little about how common complaints are. Thresholds, calibration and severity stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.calibration import Floats, Scale, sigmoid
from nlp.labelled import Labelled
from nlp.training.columns import (
    GRAMS,
    GROUP_WEIGHT,
    REST,
    SEEN_IN,
    SIGNAL_WEIGHT,
    WORDS,
    Columns,
    score,
    unit,
)
from nlp.weights import Weights

STRENGTH: Final = 1.0
"""Inverse regularisation. Chosen on X-CI: each industry in turn played the desk of a model that had not
seen it (see nlp/model/MODEL_CARD.md)."""
FOLDS: Final = 5

Rows = NDArray[np.int64]


def moved(
    shipped: Weights,
    columns: Columns,
    posts: Sequence[Labelled],
    rows: Rows,
    *,
    mentions: Scale | None = None,
) -> Weights:
    """`shipped`, corrected by the labels of `rows` of `posts`; the same rows give the same weights.

    mentions: from the calibrated log-odds to those among posts that name a brand, as labelled ones do. The
    weights that are for such posts alone get a correction of their own.
    """
    weights = replace(shipped, idf=_known(shipped, columns, rows))
    table, own = weights.table.copy(), weights.mentions
    table[:, 0] += _step(weights, columns, posts, rows, mentions or Scale())
    if own is not None:
        step = _step(weights.among_mentions(), columns, posts, rows, Scale())
        own = replace(own, table=own.table + step)
    return replace(weights, table=table, mentions=own)


def _step(
    weights: Weights, columns: Columns, posts: Sequence[Labelled], rows: Rows, among: Scale
) -> NDArray[np.float32]:
    """What is added to the complaint's column (COLUMNS,)."""
    offset = among(weights.scale(score(weights, columns, rows)[:, 0]))
    design = sp.hstack(
        [
            unit(columns.words[rows], weights.idf[WORDS]) * GROUP_WEIGHT["words"],
            unit(columns.grams[rows], weights.idf[GRAMS]) * GROUP_WEIGHT["grams"],
            sp.csr_matrix((columns.signals[rows] - weights.centre) / weights.spread * SIGNAL_WEIGHT),
        ]
    ).tocsc()
    live = np.flatnonzero(np.diff(design.indptr))
    design = design[:, live].tocsr()
    labels = np.array([posts[row].complaint for row in rows], np.float64)

    def loss(theta: Floats) -> tuple[float, Floats]:
        odds = offset + design @ theta
        slope = design.T @ (sigmoid(odds) - labels) + theta / STRENGTH
        return float(np.sum(np.logaddexp(0, odds) - labels * odds) + theta @ theta / (2 * STRENGTH)), slope

    theta = minimize(loss, np.zeros(len(live)), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    step = np.zeros(len(weights.idf))
    step[live] = theta / (weights.scale.slope * among.slope)
    step[WORDS] *= GROUP_WEIGHT["words"]
    step[GRAMS] *= GROUP_WEIGHT["grams"]
    step[REST] *= SIGNAL_WEIGHT
    return step.astype(np.float32)


def folds(posts: Sequence[Labelled], *, seed: int = 0) -> Iterator[tuple[Rows, Rows]]:
    """(learnt from, held out) row numbers of FOLDS stratified folds."""
    order = np.random.default_rng(seed).permutation(len(posts))
    sorted_rows = sorted(order.tolist(), key=lambda row: posts[row].complaint)
    for fold in range(FOLDS):
        held = np.array(sorted(sorted_rows[fold::FOLDS]), np.int64)
        yield np.setdiff1d(np.arange(len(posts)), held), held


def _known(shipped: Weights, columns: Columns, rows: Rows) -> NDArray[np.float32]:
    """The shipped idf; words that only the desk has seen get one as if both had been counted together."""
    idf = shipped.idf.copy()
    posts = int(shipped.meta.get("posts", 0)) + len(rows)
    for block, part in ((columns.words, WORDS), (columns.grams, GRAMS)):
        seen = np.asarray(block[rows].sum(axis=0)).ravel()
        fresh = (seen >= SEEN_IN) & (idf[part] == 0)
        idf[part] = np.where(fresh, np.log((1 + posts) / (1 + seen)) + 1, idf[part])
    return idf
