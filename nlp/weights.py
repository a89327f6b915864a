"""The shipped weights of the word stage: one file, read without any machine-learning library.

The file is an .npz of plain arrays, no pickles:

    meta            JSON: what it was made from, and the figures of its making
    rows            int32, the columns of `nlp.features` that carry weight (words, grams, signals in a row)
    values          float16 (len(rows), 6): idf, complaint, then the four severity levels
    centre, spread  float32, of the signals
    meaning         float32 (768, 5), of `nlp.meaning`
    bias            float32 (5,): complaint, then the four severity levels
    scale           float64 (2,): slope and offset of the calibration
    threshold       float64: the operating point
    mentions…       the same of a complaint where a brand is named: _values float16 (len(rows),), _meaning
                    float32 (768,), _bias, _scale; none where too few posts that name one were learnt from
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from nlp.calibration import Scale
from nlp.features import SIGNALS
from nlp.words import GRAM_BUCKETS, WORD_BUCKETS

FORMAT: Final = 2
OUTPUTS: Final = 5  # complaint, and the four levels of severity
COLUMNS: Final = WORD_BUCKETS + GRAM_BUCKETS + len(SIGNALS)
SHIPPED: Final = Path(__file__).parent / "model"
FILE: Final = "complaints.npz"
HELD_OUT: Final = "held_out.npz"  # what folds said of the training posts (nlp.training.compare)

Floats32 = NDArray[np.float32]


class BadWeights(ValueError):
    """The weights file is missing, broken, or of another version of the features."""


@dataclass(frozen=True, slots=True, eq=False)
class AmongMentions:
    """A complaint's own weights where a post names a brand. table: (COLUMNS,). meaning: (2 * WIDTH,)."""

    table: Floats32
    meaning: Floats32
    bias: float
    scale: Scale


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """idf: (COLUMNS,), signals 1. table: (COLUMNS, OUTPUTS). centre, spread: (len(SIGNALS),).
    meaning: (2 * WIDTH, OUTPUTS). mentions: learnt more from posts that name a brand.
    """

    idf: Floats32
    table: Floats32
    centre: Floats32
    spread: Floats32
    meaning: Floats32
    bias: Floats32
    scale: Scale
    threshold: float
    meta: dict[str, Any] = field(default_factory=dict)
    mentions: AmongMentions | None = None

    def among_mentions(self) -> Weights:
        """The same, with `mentions` in the place of a complaint's weights; itself where there are none."""
        own = self.mentions
        if own is None:
            return self
        table, meaning, bias = self.table.copy(), self.meaning.copy(), self.bias.copy()
        table[:, 0], meaning[:, 0], bias[0] = own.table, own.meaning, own.bias
        return replace(self, table=table, meaning=meaning, bias=bias, scale=own.scale)


def save(weights: Weights, path: Path) -> None:
    """Write `weights` to `path`; the same weights give the same bytes."""
    own = weights.mentions
    live = np.any(weights.table != 0, axis=1)
    rows = np.flatnonzero(live if own is None else live | (own.table != 0)).astype(np.int32)
    more: dict[str, Any] = (
        {}
        if own is None
        else {
            "mentions_values": own.table[rows].astype(np.float16),
            "mentions_meaning": own.meaning.astype(np.float32),
            "mentions_bias": np.array(own.bias),
            "mentions_scale": np.array([own.scale.slope, own.scale.offset]),
        }
    )
    np.savez_compressed(
        path,
        meta=np.array(json.dumps({"format": FORMAT, "signals": list(SIGNALS)} | weights.meta)),
        rows=rows,
        values=np.column_stack((weights.idf[rows], weights.table[rows])).astype(np.float16),
        centre=weights.centre.astype(np.float32),
        spread=weights.spread.astype(np.float32),
        meaning=weights.meaning.astype(np.float32),
        bias=weights.bias.astype(np.float32),
        scale=np.array([weights.scale.slope, weights.scale.offset]),
        threshold=np.array(weights.threshold),
        **more,
    )


def load(path: Path) -> Weights:
    """Read `path`. BadWeights says what is wrong and how to make the file again."""
    mend = "make it again with `make train`, or take the file of this release"
    try:
        # Read first: numpy leaves its own file open when the archive is broken.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            parts = {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise BadWeights(f"no weights at {path}; {mend}") from None
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise BadWeights(f"{path} is not a weights file ({error}); {mend}") from error
    try:
        meta = json.loads(str(parts["meta"]))
        if meta["format"] != FORMAT or meta["signals"] != list(SIGNALS):
            raise BadWeights(f"{path} was made for other features than this program's; {mend}")
        rows = parts["rows"]
        idf = np.zeros(COLUMNS, np.float32)
        table = np.zeros((COLUMNS, OUTPUTS), np.float32)
        idf[rows] = parts["values"][:, 0]
        table[rows] = parts["values"][:, 1:]
        slope, offset = (float(value) for value in parts["scale"])
        return Weights(
            idf=idf,
            table=table,
            centre=parts["centre"],
            spread=parts["spread"],
            meaning=parts["meaning"],
            bias=parts["bias"],
            scale=Scale(slope, offset),
            threshold=float(parts["threshold"]),
            meta=meta,
            mentions=_mentions(parts, rows),
        )
    except (KeyError, IndexError, json.JSONDecodeError) as error:
        raise BadWeights(f"{path} lacks {error}; {mend}") from error


def _mentions(parts: dict[str, Any], rows: NDArray[np.int32]) -> AmongMentions | None:
    if "mentions_values" not in parts:
        return None
    table = np.zeros(COLUMNS, np.float32)
    table[rows] = parts["mentions_values"]
    scale = Scale(*(float(value) for value in parts["mentions_scale"]))
    return AmongMentions(table, parts["mentions_meaning"], float(parts["mentions_bias"]), scale)


def version(path: Path) -> str:
    """Twelve hex digits that name the bytes of `path`."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def key(text: str) -> int:
    """64 bits that name a text without holding it."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def trained_on(folder: Path) -> frozenset[int]:
    """The keys of the posts that the model in `folder` was trained on; empty where that is not kept."""
    if not (folder / HELD_OUT).exists():
        return frozenset()
    with np.load(folder / HELD_OUT, allow_pickle=False) as stored:
        return frozenset(int(post) for post in stored["posts"])
