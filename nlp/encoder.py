"""The encoder stage: a small transformer that reads the whole post, for those that words leave in doubt.

Six layers of MiniLM, taught on complaints, in whole numbers of eight bits (see nlp/model/MODEL_CARD.md).
The folder holds

    vocab.txt               the word pieces
    pieces-N.npy            int8 (pieces, WIDTH): one row per piece, in several files
    tables.npz              scale of the rows, positions, the head
    layers.onnx, layer-N.bin  the six layers, run by onnxruntime

All scales are fixed when the file is made, and posts are run together only with posts of the same
length: so a judgement does not depend on what else is in the batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nlp.meaning import table
from nlp.weights import BadWeights

if TYPE_CHECKING:
    import onnxruntime

FOLDER: Final = "encoder"
OUTPUTS: Final = 12  # complaint; four severity levels; three sentiments; four emotions
LEVELS: Final = slice(1, 5)
"""Where the severity levels stand among the outputs."""
_WEIGHTS: Final = frozenset({".npy", ".npz", ".onnx", ".bin", ".txt"})
TOGETHER: Final = 16  # posts of one length in one run; more is no quicker

Floats32 = NDArray[np.float32]


class Encoder:
    """Scores texts. Weights are read when the first text comes: a desk in fast mode never pays for them."""

    def __init__(self, folder: Path) -> None:
        """Use the encoder in `folder`."""
        self.folder = folder

    @property
    def version(self) -> str:
        """Twelve hex digits that name the bytes of the folder."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.iterdir()):
            if path.suffix in _WEIGHTS and not path.name.startswith("held_out"):
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    def score(self, texts: Sequence[str]) -> Floats32:
        """Raw scores (len(texts), OUTPUTS): complaint, severity, and the mood and feeling of the post."""
        cut = table(self.folder).cut
        numbers = [cut(text) for text in texts]
        scores = np.zeros((len(texts), OUTPUTS), np.float32)
        by_length: dict[int, list[int]] = {}
        for at, one in enumerate(numbers):
            by_length.setdefault(len(one), []).append(at)
        for same in by_length.values():
            for start in range(0, len(same), TOGETHER):
                rows = same[start : start + TOGETHER]
                scores[rows] = self._run(np.array([numbers[row] for row in rows], np.int64))
        return scores

    def _run(self, numbers: NDArray[np.int64]) -> Floats32:
        posts, length = numbers.shape
        tables = self._tables
        embedded = table(self.folder).vectors(numbers) + tables["positions"][:length]
        (states,) = self._layers.run(None, {"embedded": embedded, "length": np.full(posts, length, np.int32)})
        pooled = np.concatenate((states.mean(axis=1), states.max(axis=1)), axis=1)
        scores = np.asarray(pooled @ tables["head"].T + tables["bias"], np.float32)
        # Sums of other batch sizes differ in the seventh digit; a judgement must not.
        return scores.round(4)

    @cached_property
    def _tables(self) -> dict[str, Any]:
        path = self._file("tables.npz")
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name].astype(np.float32) for name in stored.files}
        if len(found["head"]) != OUTPUTS:
            raise BadWeights(f"{path} is of another version; take the files of this release")
        return found

    @cached_property
    def _layers(self) -> onnxruntime.InferenceSession:
        # Imported here: it takes half a second, and fast mode does without.
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # one post, one core: the desk and its shards share a machine
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            str(self._file("layers.onnx")), options, providers=["CPUExecutionProvider"]
        )

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise BadWeights(f"no encoder at {path}; use mode fast, or take the files of this release")
        return path


def there(folder: Path) -> bool:
    """Whether `folder` holds an encoder."""
    return (folder / "layers.onnx").exists()
