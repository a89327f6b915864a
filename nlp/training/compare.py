"""A new model beside the one it would replace, on the same posts, both unseen.

With its weights a model leaves `held_out.npz`: for each post it was trained on, a keyed hash of the
text and what a fold's model, that had not seen the post, said of it: as of any post, and, where it learnt
from labels of a desk, as of one that names a brand. Posts that are new since then the old model judges
directly. So old and new are compared on every post, and neither on what it learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from nlp import weights
from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess, measure
from nlp.labelled import Labelled
from nlp.mention import Severity
from nlp.severity import level
from nlp.weights import key

SLACK: Final = 0.005  # of macro-F1: less than seeds differ by


@dataclass(frozen=True, slots=True)
class Verdict:
    """worse: by more than SLACK of macro-F1. told: the comparison, for people."""

    worse: bool
    told: str


def against(folder: Path, posts: Sequence[Labelled], guesses: Sequence[Guess]) -> Verdict:
    """Compare `guesses` (each by a model that had not seen the post) with the model in `folder`."""
    if not (folder / weights.FILE).exists():
        return Verdict(worse=False, told=f"No model in {folder} to compare with.")
    try:
        model = ComplaintModel.load(folder)
    except weights.BadWeights as error:
        return Verdict(
            worse=False, told=f"The model in {folder} cannot be run, so nothing is compared: {error}"
        )
    old = _old(folder, model, posts)
    figures = [
        measure(posts, some, threshold=model.threshold, posts_per_second=0) for some in (old, list(guesses))
    ]
    told = [f"On the same {len(posts)} posts, unseen by both:", f"  {'':<18}{'now':>8}{'new':>8}"]
    for name in ("macro_f1", "precision", "recall", "f1", "auc", "ece", "severity_macro_f1"):
        was, now = (_number(one.get(name)) for one in figures)
        told.append(f"  {name:<18}{was:>8}{now:>8}")
    worse = figures[1]["macro_f1"] < figures[0]["macro_f1"] - SLACK
    return Verdict(worse, "\n".join(told))


def remember(
    folder: Path,
    posts: Sequence[Labelled],
    guesses: Sequence[Guess],
    *,
    as_mentions: Sequence[float] | None = None,
    beside: Path | None = None,
) -> None:
    """Leave beside the weights what their folds said of the posts they are trained on.

    as_mentions: the probabilities of the same folds for posts that name a brand. beside: the folder of
    the model that they stand on, whose posts they know too.
    """
    known = _remembered(beside) if beside is not None else {}
    known |= {key(post.text): guess for post, guess in zip(posts, guesses, strict=True)}
    told = _remembered(beside, as_mentions=True) if beside is not None else {}
    if as_mentions is not None:
        rows = zip(posts, guesses, as_mentions, strict=True)
        told |= {key(post.text): Guess(p, guess.severity) for post, guess, p in rows}
    named = [told[post].probability if post in told else np.nan for post in known]
    np.savez_compressed(
        folder / weights.HELD_OUT,
        posts=np.array(list(known), np.uint64),
        probability=np.array([guess.probability for guess in known.values()], np.float16),
        severity=np.array([int(guess.severity) for guess in known.values()], np.uint8),
        as_mention=np.array(named, np.float16),
    )


def unseen(model: ComplaintModel, posts: Sequence[Labelled]) -> list[float]:
    """What `model` says of each post; of a post it has learnt from, what a fold that had not seen it said."""
    return [guess.probability for guess in _old(model.folder or weights.SHIPPED, model, posts)]


def _remembered(folder: Path, *, as_mentions: bool = False) -> dict[int, Guess]:
    if not (folder / weights.HELD_OUT).exists():
        return {}
    column = "as_mention" if as_mentions else "probability"
    with np.load(folder / weights.HELD_OUT, allow_pickle=False) as stored:
        if column not in stored.files:
            return {}
        rows = zip(stored["posts"], stored[column], stored["severity"], strict=True)
        return {int(post): Guess(float(p), Severity(int(s))) for post, p, s in rows if not np.isnan(p)}


def _old(folder: Path, model: ComplaintModel, posts: Sequence[Labelled]) -> list[Guess]:
    known = _remembered(folder, as_mentions=model.named is not None)
    fresh = [post.text for post in posts if key(post.text) not in known]
    for text, verdict in zip(fresh, model.predict(fresh, why=False), strict=True):
        known[key(text)] = Guess(verdict.probability, level(verdict.severity_scores))
    return [known[key(post.text)] for post in posts]


def _number(value: Any) -> str:
    return "—" if value is None else f"{value:.3f}"
