"""Puts the two stages together: how much each says, who is in doubt, and each mode's operating point.

The encoder's training leaves, beside its weights, what its folds said of posts that they had not seen
(`held_out.npz`). With those scores the cascade is fitted in a second, without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlp import severity
from nlp.calibration import Scale, fit_scale, log_odds, operating_point, sigmoid, softmax
from nlp.cascade import Cascade
from nlp.encoder import OUTPUTS, Encoder
from nlp.evaluation import Guess
from nlp.mode import MODES, Mode
from nlp.weights import HELD_OUT, key

CENTRE: Final = -0.4  # log-odds about which words are in doubt; a little under even, as misses cost more
SHARE: Final = 0.12  # of the training posts that are in doubt in balanced mode: what the time allows
RECALL: Final = 0.95
BY_DOMAIN: Final = "held_out_by_domain.npz"  # what encoders said that knew nothing of a post's industry

FEWEST_NAMED: Final = 100  # posts of each kind that name a brand, from which they get a scale of their own

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def encoder_scores(folder: Path, texts: Sequence[str], file: str = HELD_OUT) -> Floats:
    """What an encoder that had not seen each of `texts` says of it: (posts, OUTPUTS) raw scores.

    For posts it was trained on, the stored word of a fold; for others, its own.
    """
    with np.load(folder / file, allow_pickle=False) as stored:
        known = dict(zip(stored["posts"].tolist(), stored["scores"].astype(np.float64), strict=True))
    fresh = [text for text in texts if key(text) not in known]
    if fresh:
        said = Encoder(folder).score(fresh).astype(np.float64)
        known.update(zip(map(key, fresh), said, strict=True))
    return np.array([known[key(text)] for text in texts]).reshape(len(texts), OUTPUTS)


def remember(folder: Path, texts: Sequence[str], scores: Floats, file: str = HELD_OUT) -> None:
    """Store what folds of the encoder said of its training posts."""
    names = np.array([key(text) for text in texts], np.uint64)
    np.savez_compressed(folder / file, posts=names, scores=scores.astype(np.float16))


def fit(word: Floats, encoder: Floats, labels: NDArray[np.int64], named: Bools | None = None) -> Cascade:
    """A cascade for calibrated log-odds `word` (posts,) and raw `encoder` (posts, OUTPUTS), both unseen.

    named: which posts name a brand; where there are enough of them, they get `Cascade.mentions`.
    """
    both = np.column_stack((word, encoder[:, 0]))
    model = LogisticRegression(C=1.0).fit(both, labels)
    far = np.quantile(np.abs(word - CENTRE), SHARE)
    plan = Cascade(
        word=float(model.coef_[0, 0]),
        encoder=float(model.coef_[0, 1]),
        offset=float(model.intercept_[0]),
        band=(CENTRE - float(far), CENTRE + float(far)),
        thresholds=dict.fromkeys(MODES, 0.5),
    )
    points: dict[Mode, float] = {}
    scales: dict[Mode, Scale] = {}
    for mode in MODES:
        odds = _odds(plan, word, encoder, mode)
        points[mode] = operating_point(sigmoid(odds), labels, RECALL)
        if named is not None and min(labels[named].sum(), (1 - labels[named]).sum()) >= FEWEST_NAMED:
            scales[mode] = fit_scale(odds[named], labels[named])
    return Cascade(plan.word, plan.encoder, plan.offset, plan.band, points, scales)


def guesses(
    word: Floats,
    levels: Floats,
    encoder: Floats,
    labels: NDArray[np.int64],
    mode: Mode,
    *,
    named: Bools | None = None,
) -> tuple[list[Guess], float]:
    """Guesses of both stages about posts that neither has seen, and the operating point, in `mode`.

    word: calibrated log-odds; levels: raw severity scores (posts, 4); encoder: raw (posts, OUTPUTS).
    The three numbers of the mix are fitted on other posts than those they are used on. named: which
    posts name a brand; where it is given, all are judged as posts that do.
    """
    odds, chances, points = np.array(word), np.zeros(len(word)), []
    for fitted, used in StratifiedKFold(10, shuffle=True, random_state=0).split(word, labels):
        plan = fit(word[fitted], encoder[fitted], labels[fitted], None if named is None else named[fitted])
        odds[used] = _odds(plan, word[used], encoder[used], mode)
        scale = plan.mentions.get(mode, Scale())
        chances[used] = sigmoid(scale(odds[used]))
        points.append(float(sigmoid(scale(log_odds(plan.thresholds[mode])))))
    shares = softmax(levels)
    read = odds != word
    shares[read] = severity.together(shares[read], softmax(encoder[read, 1:]))
    said = [Guess(float(p), severity.level(list(row))) for p, row in zip(chances, shares, strict=True)]
    return said, float(np.mean(points))


def _odds(plan: Cascade, word: Floats, encoder: Floats, mode: Mode) -> Floats:
    asked = plan.doubtful(word, mode)
    return np.where(asked, plan.together(word, encoder[:, 0]), word)
