"""Measure near-copies on brands/sxsw-train.csv, a file full of retweets.

    python -m nlp.training.copies DATA

The truth is brute force: every pair of posts whose word pairs overlap by nlp.duplicates.ALIKE (Jaccard).
Reported: how many of those pairs share a band, how many candidate pairs the bands propose, and speed.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from nlp.duplicates import ALIKE, fingerprints, shingles


def measure(data: Path, say: Callable[[str], object] = print) -> dict[str, float]:
    """Print and return: recall of the bands, precision of their candidates, posts a second."""
    with (data / "brands" / "sxsw-train.csv").open(encoding="utf-8", newline="") as file:
        texts = [line["tweet"] or "" for line in csv.DictReader(file)]
    fingerprints(texts[:10])  # loads what is loaded late
    start = time.process_time()
    bands = fingerprints(texts)
    rate = len(texts) / (time.process_time() - start)
    homes: dict[str, list[int]] = defaultdict(list)
    for row, own in enumerate(bands):
        for band in own:
            homes[band].append(row)
    proposed = {pair for rows in homes.values() for pair in combinations(rows, 2)}
    sets = [shingles(text) for text in texts]
    sharing: dict[str, list[int]] = defaultdict(list)
    for row, found in enumerate(sets):
        for one in found:
            sharing[one].append(row)
    near = {pair for rows in sharing.values() for pair in combinations(rows, 2)}
    same = {(a, b) for a, b in near if len(sets[a] & sets[b]) >= ALIKE * len(sets[a] | sets[b])}
    hit = len(same & proposed)
    figures = {"recall": hit / len(same), "precision": hit / len(proposed), "rate": rate}
    say(
        f"{len(texts)} posts, {len(same)} pairs are copies: bands find {figures['recall']:.3f} of them; of "
        f"{len(proposed)} pairs they propose {figures['precision']:.3f} are copies (the rest is told apart "
        f"by `same`); {rate:.0f} posts/s"
    )
    return figures


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
