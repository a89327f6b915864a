"""An old and a new model side by side on the same posts, with 95% intervals, and whether the new may stay.

Intervals are of a bootstrap over posts; that of the difference is paired (the same posts for both), so it
is much narrower than the two intervals beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlp.evaluation import area, scores

SLACK: Final = 0.005
"""Of macro-F1 and of recall: less than seeds differ by."""
DRAWS: Final = 500

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """What two models say of the same posts, which neither has seen: probabilities, operating points."""

    name: str
    truth: Bools
    old: Floats
    new: Floats
    points: tuple[float, float]

    def figures(self, *, seed: int = 0) -> dict[str, Any]:
        """n, complaints, and per figure {"old", "new", "difference"}: each with "value" and "interval"."""
        draws = np.random.default_rng(seed).integers(0, len(self.truth), (DRAWS, len(self.truth)))
        drawn = [(_told(self.truth[row], self.old[row], self.points[0]),
                  _told(self.truth[row], self.new[row], self.points[1])) for row in draws]  # fmt: skip
        whole = _told(self.truth, self.old, self.points[0]), _told(self.truth, self.new, self.points[1])
        found: dict[str, Any] = {"n": len(self.truth), "complaints": int(self.truth.sum())}
        for at, name in enumerate(NAMES):
            old, new = np.array([[one[at], two[at]] for one, two in drawn]).T
            found[name] = {
                "old": _valued(whole[0][at], old),
                "new": _valued(whole[1][at], new),
                "difference": _valued(whole[1][at] - whole[0][at], new - old),
            }
        found["auc"] = {"old": area(self.old, self.truth), "new": area(self.new, self.truth)}
        return found


NAMES: Final = ("macro_f1", "precision", "recall", "recall_at_point", "log_loss")
"""The figures that carry intervals. recall_at_point: of complaints, at each model's operating point."""


def worse(figures: dict[str, Any], *, slack: float = SLACK, strictly: bool = False) -> list[str]:
    """In what the new model is worse by more than `slack`, in words; [] where it may stay.

    strictly: it must also say less false things with confidence (log loss), as something that learnt should.
    """
    found = []
    for name, said in (("macro_f1", "macro-F1"), ("recall_at_point", "recall at the operating point")):
        old, new = figures[name]["old"]["value"], figures[name]["new"]["value"]
        if new < old - slack:
            found.append(f"{said} falls from {old:.3f} to {new:.3f}")
    old, new = figures["log_loss"]["old"]["value"], figures["log_loss"]["new"]["value"]
    if strictly and new >= old:
        found.append(f"log loss does not fall ({old:.3f}, then {new:.3f})")
    return found


def _told(truth: Bools, p: Floats, point: float) -> tuple[float, ...]:
    found = scores(truth, p >= 0.5)
    called = int((truth & (p >= point)).sum()) / max(1, int(truth.sum()))
    safe = np.clip(p, 1e-6, 1 - 1e-6)
    loss = float(-np.mean(np.where(truth, np.log(safe), np.log(1 - safe))))
    return found["macro_f1"], found["precision"], found["recall"], called, loss


def _valued(value: float, drawn: ArrayLike) -> dict[str, Any]:
    low, high = np.quantile(np.asarray(drawn), (0.025, 0.975))
    return {"value": round(float(value), 4), "interval": [round(float(low), 4), round(float(high), 4)]}


def side(
    name: str, truth: Sequence[bool], old: ArrayLike, new: ArrayLike, points: tuple[float, float]
) -> Side:
    """A `Side` from whatever holds the numbers."""
    return Side(
        name, np.asarray(truth, np.bool_), np.asarray(old, np.float64), np.asarray(new, np.float64), points
    )
