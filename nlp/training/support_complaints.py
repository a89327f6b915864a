"""Measure the complaint model on support tweets of other years and brands than it has learnt from.

    python -m nlp.training.support_complaints DATA [--wrong]

DATA is the folder of shared data. Labels, by reading each tweet alone: tests/nlp/data/complaint_labels.csv
(id of brand-support/twcs.csv; 170 customers' tweets drawn by chance, those not in English left out). Nothing
was tuned on them. As in the pipeline, each tweet is known to speak to a brand.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess, interval, measure
from nlp.labelled import Labelled
from nlp.mode import MODES
from nlp.training.folds import figures

LABELS = Path("tests/nlp/data/complaint_labels.csv")


def read(data: Path, labels: Path = LABELS) -> list[Labelled]:
    """The labelled tweets of brand-support/twcs.csv. Raises KeyError for a label whose tweet is not there."""
    with (data / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as file:
        texts = {line["tweet_id"]: line["text"] for line in csv.DictReader(file)}
    with labels.open(encoding="utf-8", newline="") as file:
        return [Labelled(texts[row["id"]], row["complaint"] == "1") for row in csv.DictReader(file)]


def main() -> None:
    """Print the figures of every mode."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--labels", type=Path, default=LABELS)
    asked.add_argument("--wrong", action="store_true", help="list what is wrong (prints posts)")
    given = asked.parse_args()
    posts = read(given.data, given.labels)
    for mode in MODES:
        model = ComplaintModel.load(mode=mode, of_mentions=True)
        verdicts = model.predict([post.text for post in posts], why=False)
        guesses = [Guess(one.probability, one.severity) for one in verdicts]
        found = measure(posts, guesses, threshold=model.threshold, posts_per_second=0)
        low, high = interval(posts, guesses)
        print(figures(mode, found), f" macro-F1 95% {low:.3f} to {high:.3f}")
        if given.wrong:
            for post, guess in zip(posts, guesses, strict=True):
                if (guess.probability >= 0.5) != post.complaint:
                    print(f"  {post.complaint:d} {guess.probability:.2f} {post.text[:120]!r}")


if __name__ == "__main__":
    main()
