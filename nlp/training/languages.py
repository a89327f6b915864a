"""Measure the language of short posts on brand-support/twcs.csv.

    python -m nlp.training.languages DATA

Labels: tests/nlp/data/language_labels.csv (id, language) holds every row that is not English: rows the
detector called foreign were read one by one, and so were the rows called English that hold no small
English word. The rest of the file is English.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

from nlp.language import READ, detect
from nlp.reading import Reading

LABELS = Path("tests/nlp/data/language_labels.csv")


def measure(data: Path, labels: Path = LABELS, say: Callable[[str], object] = print) -> dict[str, float]:
    """Print and return: precision and recall of "no model reads this", and share of languages right."""
    with labels.open(encoding="utf-8", newline="") as file:
        foreign = {row["id"]: row["language"] for row in csv.DictReader(file)}
    posts = took = right = named = 0
    with (data / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if not line["text"]:
                continue
            posts += 1
            found = detect(Reading("", line["text"]).scan)
            if found not in READ:
                took += 1
                right += line["tweet_id"] in foreign
                named += foreign.get(line["tweet_id"]) == found
    figures = {"precision": right / took, "recall": right / len(foreign), "named": named / len(foreign)}
    say(
        f"{posts} posts, {len(foreign)} not English: unread precision {figures['precision']:.3f} "
        f"recall {figures['recall']:.3f}; language right {figures['named']:.3f}"
    )
    return figures


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
