"""Puts the two stages together: how much each says, who is in doubt, and each mode's operating point.

The encoder's training leaves, beside its weights, what its folds said of posts that they had not seen
(`held_out.npz`). With those scores the cascade is fitted in a second, without torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlp import severity
from nlp.calibration import fit_scale, operating_point, sigmoid, softmax
from nlp.cascade import Cascade, Named
from nlp.encoder import LEVELS, OUTPUTS, Encoder
from nlp.evaluation import Guess
from nlp.mode import MODES, Mode
from nlp.weights import HELD_OUT, key

CENTRE: Final = -0.4  # log-odds about which words are in doubt; a little under even, as misses cost more
SHARE: Final = 0.12  # of the training posts that are in doubt in balanced mode: what the time allows
RECALL: Final = 0.95
BY_DOMAIN: Final = "held_out_by_domain.npz"  # what encoders said that knew nothing of a post's industry

ASIDE: Final = 0.05
"""How large all that the encoder says beside "a complaint" stands in the regression: small, as mood misleads
in irony."""
FEWEST_NAMED: Final = 100  # posts of each kind that name a brand, from which these get a mix of their own

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


def fit(
    word: Floats,
    encoder: Floats,
    labels: NDArray[np.int64],
    named: Bools | None = None,
    among: Floats | None = None,
) -> Cascade:
    """A cascade for calibrated log-odds `word` (posts,) and raw `encoder` (posts, OUTPUTS), both unseen.

    named: which posts name a brand; where there are enough, `Cascade.mentions` is fitted on them, and
    `Cascade.named` where `among` has the log-odds of the words' own weights for such posts.
    """
    both = np.column_stack((word, encoder[:, 0]))
    model = LogisticRegression(C=1.0).fit(both, labels)
    plan = Cascade(
        word=float(model.coef_[0, 0]),
        encoder=float(model.coef_[0, 1]),
        offset=float(model.intercept_[0]),
        band=_band(word),
        thresholds=dict.fromkeys(MODES, 0.5),
    )
    odds = {mode: _odds(plan, word, encoder, mode) for mode in MODES}
    plan = replace(plan, thresholds={mode: _point(odds[mode], labels) for mode in MODES})
    if named is None or min(labels[named].sum(), (1 - labels[named]).sum()) < FEWEST_NAMED:
        return plan
    plan = replace(plan, mentions={mode: fit_scale(odds[mode][named], labels[named]) for mode in MODES})
    if among is None:
        return plan
    return replace(plan, named=_named(among[named], encoder[named], labels[named]))


def _named(word: Floats, encoder: Floats, labels: NDArray[np.int64]) -> Named:
    """The mix for posts that name a brand, fitted on such posts."""
    sizes = np.array([1.0, 1.0, *[ASIDE] * (OUTPUTS - 1)])
    model = LogisticRegression(C=1.0, max_iter=1_000).fit(np.column_stack((word, encoder)) * sizes, labels)
    first, *rest = (float(weight) for weight in model.coef_[0] * sizes)
    made = Named(first, tuple(rest), float(model.intercept_[0]), _band(word), dict.fromkeys(MODES, 0.5))
    points = {mode: _point(_odds_named(made, word, encoder, mode), labels) for mode in MODES}
    return replace(made, thresholds=points)


def _band(word: Floats) -> tuple[float, float]:
    far = float(np.quantile(np.abs(word - CENTRE), SHARE))
    return CENTRE - far, CENTRE + far


def guesses(
    word: Floats,
    levels: Floats,
    encoder: Floats,
    labels: NDArray[np.int64],
    mode: Mode,
    *,
    named: Bools | None = None,
    among: Floats | None = None,
) -> tuple[list[Guess], float]:
    """Guesses of both stages about posts that neither has seen, and the operating point, in `mode`.

    word: calibrated log-odds; levels: raw severity scores (posts, 4); encoder: raw (posts, OUTPUTS).
    The numbers of the mix are fitted on other posts than those they are used on. named: which
    posts name a brand; where it is given, with `among` (see `fit`), all are judged as posts that do.
    """
    read, chances, points = np.zeros(len(word), np.bool_), np.zeros(len(word)), []
    for fitted, used in StratifiedKFold(10, shuffle=True, random_state=0).split(word, labels):
        extra = (named[fitted], among[fitted]) if named is not None and among is not None else ()
        plan = fit(word[fitted], encoder[fitted], labels[fitted], *extra)
        if plan.named is not None and among is not None:
            read[used] = plan.named.doubtful(among[used], mode)
            odds = _odds_named(plan.named, among[used], encoder[used], mode)
        else:
            read[used] = plan.doubtful(word[used], mode)
            odds = _odds(plan, word[used], encoder[used], mode)
        chances[used] = sigmoid(odds)
        points.append((plan.named or plan).thresholds[mode])
    shares = softmax(levels)
    shares[read] = severity.together(shares[read], softmax(encoder[read, LEVELS]))
    said = [Guess(float(p), severity.level(list(row))) for p, row in zip(chances, shares, strict=True)]
    return said, float(np.mean(points))


def _odds(plan: Cascade, word: Floats, encoder: Floats, mode: Mode) -> Floats:
    return np.where(plan.doubtful(word, mode), plan.together(word, encoder[:, 0]), word)


def _odds_named(plan: Named, word: Floats, encoder: Floats, mode: Mode) -> Floats:
    return np.where(plan.doubtful(word, mode), plan.together(word, encoder), word)


def _point(odds: Floats, labels: NDArray[np.int64]) -> float:
    return operating_point(sigmoid(odds), labels, RECALL)
