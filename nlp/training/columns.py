"""Posts as sparse matrices, for training: read once, used by every fold. Needs no more than SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.encoder import FOLDER
from nlp.features import SIGNALS, Read, read
from nlp.meaning import WIDTH
from nlp.meaning import table as meaning_table
from nlp.weights import SHIPPED, Weights
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS, cut

WORDS: Final = slice(0, WORD_BUCKETS)
GRAMS: Final = slice(WORD_BUCKETS, WORD_BUCKETS + GRAM_BUCKETS)
REST: Final = slice(GRAMS.stop, None)
"""Where words, grams and signals stand among the columns of `nlp.weights.Weights`."""

GROUP_WEIGHT: Final = {"words": 1.2, "grams": 1.2}
SIGNAL_WEIGHT: Final = 0.2
MEANING_WEIGHT: Final = 0.04
"""How large each group of columns stands in the regression; chosen by cross-validation, as all of `words`."""
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


def score(weights: Weights, columns: Columns, rows: NDArray[np.int64]) -> Floats:
    """Raw scores (len(rows), OUTPUTS), as `nlp.stage.WordStage.score` gives them."""
    total = weights.bias + ((columns.signals[rows] - weights.centre) / weights.spread) @ weights.table[REST]
    total = total + columns.meaning[rows] @ weights.meaning
    for block, part in ((columns.words, WORDS), (columns.grams, GRAMS)):
        total = total + unit(block[rows], weights.idf[part]) @ weights.table[part]
    return np.asarray(total, np.float64)


def unit(block: Any, idf: NDArray[np.float32]) -> Any:
    """Rows of counts, each column weighed by `idf` and each row brought to length 1."""
    weighed = block @ sp.diags(idf.astype(np.float64))
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return sp.diags(1 / np.maximum(lengths, 1e-9)) @ weighed


def _meaning(post: Read) -> NDArray[np.float32]:
    return meaning_table(SHIPPED / FOLDER).of([word.text for word in post.kept])


def _matrix(lists: Sequence[NDArray[np.int64]], columns: int) -> Any:
    ends = np.cumsum([0, *(len(one) for one in lists)])
    flat = np.concatenate(lists) if lists else np.empty(0, np.int64)
    made = sp.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(lists), columns))
    made.sum_duplicates()
    made.data[:] = 1
    return made
