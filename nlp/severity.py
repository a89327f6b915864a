"""How hard a complaint reproaches: the four levels of Jin & Aletras 2021, from scores to a level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from nlp.calibration import softmax
from nlp.mention import Severity

LEVELS: Final = (Severity.NO_REPROACH, Severity.DISAPPROVAL, Severity.ACCUSATION, Severity.BLAME)


def shares(scores: ArrayLike) -> tuple[float, ...]:
    """Probabilities of LEVELS, given that it is a complaint."""
    return tuple(float(share) for share in softmax(scores))


def level(levels: Sequence[float]) -> Severity:
    """The likeliest of LEVELS."""
    return LEVELS[int(np.argmax(levels))]
