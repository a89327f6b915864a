"""How hard a complaint reproaches: the four levels of Jin & Aletras 2021, from scores to a level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nlp.calibration import Floats
from nlp.mention import Severity

LEVELS: Final = (Severity.NO_REPROACH, Severity.DISAPPROVAL, Severity.ACCUSATION, Severity.BLAME)


def together(words: Floats, encoder: Floats) -> Floats:
    """Shares of LEVELS of posts that both stages have read: (posts, 4) each, the mean of both."""
    return np.asarray((words + encoder) / 2)


def level(levels: Sequence[float]) -> Severity:
    """The likeliest of LEVELS."""
    return LEVELS[int(np.argmax(levels))]
