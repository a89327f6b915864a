"""Make nlp/model/words.npz: the meaning of single words, distilled from all-MiniLM-L6-v2.

    python -m nlp.training.word_vectors MODEL_FOLDER [OUT]

Input: a folder with the model's config.json, model.safetensors and vocab.txt (Apache-2.0). Needs torch and
transformers, which nothing else here needs. About a minute on one core.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from nlp.vectors import FILE

DIMENSIONS = 64
_FIRST = 1000  # the vocabulary begins with marks and single characters
_CLS, _SEP = 101, 102


def make(folder: Path, out: Path) -> None:
    """Write the table of every whole ASCII word of the model's vocabulary."""
    import torch  # noqa: PLC0415  only for this command
    from transformers import AutoModel  # noqa: PLC0415

    model: Any = AutoModel.from_pretrained(folder).eval()
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    rows = [
        row
        for row, word in enumerate(vocabulary)
        if row > _FIRST and word.isascii() and word.isalpha() and len(word) > 1
    ]
    parts = []
    with torch.no_grad():
        for start in range(0, len(rows), 512):
            ids = torch.tensor([[_CLS, row, _SEP] for row in rows[start : start + 512]])
            states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.mean(1)
            parts.append(torch.nn.functional.normalize(states, dim=1).numpy())
    write(np.concatenate(parts), [vocabulary[row] for row in rows], out)


def write(full: np.ndarray[Any, Any], words: list[str], out: Path) -> None:
    """Bring `full` (words × 384) down to DIMENSIONS and store it as int8 with its words."""
    centred = full - full.mean(0)
    _, _, axes = np.linalg.svd(
        centred[::3], full_matrices=False
    )  # every third word shows the axes well enough
    small = centred @ axes[:DIMENSIONS].T
    small /= np.abs(small).max(axis=1, keepdims=True)
    np.savez_compressed(out, table=np.round(small * 127).astype(np.int8), words=np.array(" ".join(words)))


if __name__ == "__main__":
    make(
        Path(sys.argv[1]),
        Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent.parent / "model" / FILE,
    )
