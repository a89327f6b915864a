"""Two stages, one answer: when the encoder is asked, and how much it then says beside the words.

Words settle most posts in a tenth of a millisecond; the encoder takes some three milliseconds. The mode
chooses who is asked:

    fast      words alone
    balanced  the encoder too where the words are in doubt: log-odds within `band`
    thorough  both, always
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nlp.calibration import Scale
from nlp.mode import MODES, Mode
from nlp.weights import BadWeights

FILE: Final = "cascade.json"

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Named:
    """Both stages together where a post is known to name a brand: there displeasure is mostly a complaint.

    So words have weights of their own (`nlp.weights.AmongMentions`), and all that the encoder says counts,
    mood and feeling too. encoder: a weight for each of its outputs. band, thresholds: as in `Cascade`.
    """

    word: float
    encoder: tuple[float, ...]
    offset: float
    band: tuple[float, float]
    thresholds: Mapping[Mode, float]

    def doubtful(self, word: ArrayLike, mode: Mode) -> Bools:
        """As `Cascade.doubtful`."""
        return _doubtful(word, mode, self.band)

    def together(self, word: ArrayLike, encoder: ArrayLike) -> Floats:
        """Calibrated log-odds. word: those of the words, (posts,). encoder: raw scores (posts, OUTPUTS)."""
        # Not a product of matrices: its last digits would depend on how many posts there are.
        said = (np.asarray(encoder, np.float64) * self.encoder).sum(axis=1)
        return np.asarray(self.word * np.asarray(word) + said + self.offset)


@dataclass(frozen=True, slots=True)
class Cascade:
    """word, encoder, offset: log-odds of both stages together. band: doubtful log-odds of the words.

    thresholds: the operating point of each mode, as a probability. mentions: from log-odds among posts
    of any kind to those among posts that name a brand, of which more are complaints; by mode, and
    empty where that was not measured. named: how both stages judge such posts, where that was measured.
    """

    word: float
    encoder: float
    offset: float
    band: tuple[float, float]
    thresholds: Mapping[Mode, float]
    mentions: Mapping[Mode, Scale] = field(default_factory=dict)
    named: Named | None = None

    def doubtful(self, word: ArrayLike, mode: Mode) -> Bools:
        """Which posts, by the calibrated log-odds of their words, the encoder reads in `mode`."""
        return _doubtful(word, mode, self.band)

    def together(self, word: ArrayLike, encoder: ArrayLike) -> Floats:
        """Calibrated log-odds of posts that both stages have read. encoder: its raw score of that."""
        return np.asarray(self.word * np.asarray(word) + self.encoder * np.asarray(encoder) + self.offset)

    def save(self, folder: Path) -> None:
        """Write to `folder`."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> Cascade | None:
    """The cascade in `folder`; None where there is none. Raises BadWeights."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        low, high = stored["band"]
        return Cascade(
            word=float(stored["word"]),
            encoder=float(stored["encoder"]),
            offset=float(stored["offset"]),
            band=(float(low), float(high)),
            thresholds={mode: float(stored["thresholds"][mode]) for mode in MODES},
            mentions={
                mode: Scale(float(scale["slope"]), float(scale["offset"]))
                for mode in MODES
                if (scale := stored.get("mentions", {}).get(mode)) is not None
            },
            named=_named(stored.get("named")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadWeights(f"{path} is not a cascade ({error}); take the file of this release") from error


def _named(stored: dict[str, Any] | None) -> Named | None:
    if stored is None:
        return None
    low, high = stored["band"]
    return Named(
        word=float(stored["word"]),
        encoder=tuple(float(weight) for weight in stored["encoder"]),
        offset=float(stored["offset"]),
        band=(float(low), float(high)),
        thresholds={mode: float(stored["thresholds"][mode]) for mode in MODES},
    )


def _doubtful(word: ArrayLike, mode: Mode, band: tuple[float, float]) -> Bools:
    odds = np.asarray(word, np.float64)
    if mode == "fast":
        return np.zeros(odds.shape, np.bool_)
    if mode == "thorough":
        return np.ones(odds.shape, np.bool_)
    return np.asarray((odds >= band[0]) & (odds <= band[1]), np.bool_)
