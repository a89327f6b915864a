"""How good the complaint model is, on labelled posts. Figures only; nothing is trained here.

`by_domain` and `per_class` hold the same figures for a part. Figures that a part cannot have (AUC of
one class alone) are None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlp.calibration import calibration_error, operating_point
from nlp.labelled import Labelled, has_severity, read_labelled
from nlp.mention import Severity
from nlp.severity import level

Bools = NDArray[np.bool_]


class Judged(Protocol):
    """What evaluation reads of a verdict."""

    @property
    def probability(self) -> float: ...
    @property
    def severity_scores(self) -> tuple[float, ...]: ...


class Judge(Protocol):
    """A model that can be evaluated."""

    @property
    def threshold(self) -> float: ...
    def predict(self, texts: Sequence[str], contexts: None = None) -> Sequence[Judged]: ...


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model said of a post: the complaint's probability, and the level if it is one."""

    probability: float
    severity: Severity


def evaluate_file(path: Path, model: Judge) -> dict[str, Any]:
    """The figures of `model` on the CSV at `path`. Raises `nlp.labelled.BadFile`."""
    return evaluate_posts(read_labelled(path), model)


def evaluate_posts(posts: Sequence[Labelled], model: Judge) -> dict[str, Any]:
    """The figures of `model` on `posts`, with intervals."""
    texts = [post.text for post in posts]
    started = perf_counter()
    verdicts = model.predict(texts)
    seconds = perf_counter() - started
    guesses = [Guess(verdict.probability, level(verdict.severity_scores)) for verdict in verdicts]
    found = measure(posts, guesses, threshold=model.threshold, posts_per_second=len(posts) / seconds)
    return found | {"intervals": intervals(posts, guesses, threshold=model.threshold)}


def measure(
    posts: Sequence[Labelled],
    guesses: Sequence[Guess],
    *,
    threshold: float,
    posts_per_second: float,
) -> dict[str, Any]:
    """The figures of `guesses` about `posts`, which may come from any model or from folds."""
    truth = np.array([post.complaint for post in posts], np.bool_)
    p = np.array([guess.probability for guess in guesses], np.float64)
    said = p >= 0.5
    found: dict[str, Any] = {"n": len(posts), **scores(truth, said), "auc": area(p, truth)}
    found["posts_per_second"] = round(posts_per_second, 1)
    found["ece"] = round(calibration_error(p, truth), 4)
    found["confusion"] = {
        "true_positive": int((truth & said).sum()),
        "false_positive": int((~truth & said).sum()),
        "false_negative": int((truth & ~said).sum()),
        "true_negative": int((~truth & ~said).sum()),
    }
    found["per_class"] = {
        "complaint": _one_class(truth, said),
        "not_complaint": _one_class(~truth, ~said),
    }
    found["at_operating_point"] = {"threshold": round(threshold, 4), **scores(truth, p >= threshold)}
    if truth.any():
        high = operating_point(p, truth, 0.95)
        found["at_recall_95"] = {"threshold": round(high, 4), **scores(truth, p >= high)}
    if has_severity(posts):
        levelled = [at for at, post in enumerate(posts) if post.complaint and post.severity]
        true_levels = np.array([int(posts[at].severity or 0) for at in levelled])
        said_levels = np.array([int(guesses[at].severity) for at in levelled])
        found["severity_macro_f1"] = _severity(true_levels, said_levels)
    domains = np.array([post.domain or "" for post in posts])
    if any(domains):
        found["by_domain"] = {
            str(name): {
                "n": int((domains == name).sum()),
                **scores(truth[domains == name], said[domains == name]),
                "auc": area(p[domains == name], truth[domains == name]),
            }
            for name in sorted(set(domains) - {""})
        }
    return found


def scores(truth: Bools, said: Bools) -> dict[str, float]:
    """macro_f1 of both classes, and precision, recall and f1 of complaints."""
    yes, no = _one_class(truth, said), _one_class(~truth, ~said)
    return {
        "macro_f1": round((yes["f1"] + no["f1"]) / 2, 4),
        "precision": yes["precision"],
        "recall": yes["recall"],
        "f1": yes["f1"],
    }


def area(probabilities: ArrayLike, truth: ArrayLike) -> float | None:
    """Area under the ROC curve by ranks, ties counted half; None where only one class is there."""
    p, y = np.asarray(probabilities, np.float64), np.asarray(truth, np.bool_)
    positive, negative = int(y.sum()), int((~y).sum())
    if not positive or not negative:
        return None
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return round(float((ranks[y].sum() - positive * (positive + 1) / 2) / (positive * negative)), 4)


def intervals(
    posts: Sequence[Labelled],
    guesses: Sequence[Guess],
    *,
    threshold: float,
    seed: int = 0,
    draws: int = 500,
) -> dict[str, list[float]]:
    """95% bootstrap intervals, over resampled posts, of the figures that `measure` gives under these names.

    At probability .5 macro_f1, precision, recall, f1; auc; ece; and precision and recall at the operating
    point. A figure that a draw cannot have (AUC of one class alone) leaves the draw out.
    """
    truth = np.array([post.complaint for post in posts], np.bool_)
    p = np.array([guess.probability for guess in guesses], np.float64)
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        pick = random.integers(0, len(truth), len(truth))
        told: dict[str, float | None] = dict(scores(truth[pick], p[pick] >= 0.5))
        point = scores(truth[pick], p[pick] >= threshold)
        told |= {f"at_operating_point.{name}": point[name] for name in ("precision", "recall")}
        told["auc"] = area(p[pick], truth[pick])
        told["ece"] = calibration_error(p[pick], truth[pick])
        for name, value in told.items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {
        name: [round(float(edge), 4) for edge in np.quantile(values, (0.025, 0.975))]
        for name, values in drawn.items()
    }


def interval(
    posts: Sequence[Labelled], guesses: Sequence[Guess], *, seed: int = 0, draws: int = 500
) -> list[float]:
    """95% bootstrap interval of the macro-F1 at probability .5, over resampled posts."""
    truth = np.array([post.complaint for post in posts], np.bool_)
    said = np.array([guess.probability >= 0.5 for guess in guesses], np.bool_)
    random = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        pick = random.integers(0, len(truth), len(truth))
        found.append(scores(truth[pick], said[pick])["macro_f1"])
    return [round(float(edge), 4) for edge in np.quantile(found, (0.025, 0.975))]


def _one_class(truth: Bools, said: Bools) -> dict[str, float]:
    hit = int((truth & said).sum())
    precision = hit / max(1, int(said.sum()))
    recall = hit / max(1, int(truth.sum()))
    f1 = 2 * hit / max(1, int(said.sum()) + int(truth.sum()))
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _severity(truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """Macro-F1 over the levels that occur in the truth."""
    return round(float(np.mean([_one_class(truth == one, said == one)["f1"] for one in np.unique(truth)])), 4)
