"""Measure what the post before changes: short replies of real support threads, with and without it.

    python -m nlp.training.threads DATA [--wrong]

DATA is the folder of shared data. Labels, by reading each reply under the post it answers:
tests/nlp/data/reply_labels.csv (id of brand-support/twcs.csv; complaint: the trouble goes on).
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from nlp.complaints import ComplaintModel
from nlp.context import Answer, answer_in, in_light_of
from nlp.pipeline import OWN_ANSWER
from nlp.reading import Reading

LABELS = Path("tests/nlp/data/reply_labels.csv")


def main() -> None:
    """Print the figures without and with context."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--labels", type=Path, default=LABELS)
    asked.add_argument("--wrong", action="store_true", help="list what is wrong (prints posts)")
    given = asked.parse_args()
    with (given.data / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as file:
        raw = {line["tweet_id"]: line for line in csv.DictReader(file) if line["text"]}
    with given.labels.open(encoding="utf-8", newline="") as file:
        labels = [(raw[row["id"]], row["complaint"] == "1") for row in csv.DictReader(file)]
    model = ComplaintModel.load()
    replies = [reply for reply, _ in labels]
    parents = [raw[reply["in_response_to_tweet_id"].partition(".")[0]] for reply in replies]
    alone = [v.probability for v in model.predict([reply["text"] for reply in replies], why=False)]
    before = [v.probability for v in model.predict([parent["text"] for parent in parents], why=False)]
    seen: list[float] = []
    said = Counter[str]()
    for reply, parent, own, parents_own in zip(replies, parents, alone, before, strict=True):
        answer, _ = answer_in(Reading("", reply["text"]).scan)
        said[answer] += 1
        from_brand = parent["inbound"] == "False"
        stands = (0.0 if answer is Answer.AGREES else OWN_ANSWER) if from_brand else parents_own
        seen.append(in_light_of(own, stands, answer, threshold=model.threshold))
    truth = np.array([label for _, label in labels])
    print(f"{len(labels)} short replies, {int(truth.sum())} go on complaining; they say: {dict(said)}")
    for name, scores in (("without the post before", np.array(alone)), ("with it", np.array(seen))):
        for at, point in (("operating point", model.threshold), ("probability .5", 0.5)):
            took = scores >= point
            right = int((took & truth).sum())
            precision, recall = right / max(1, int(took.sum())), right / int(truth.sum())
            score = 2 * precision * recall / max(1e-9, precision + recall)
            print(f"  {name:24} at {at:16} precision {precision:.3f} recall {recall:.3f} F1 {score:.3f}")
        print(f"  {name:24} AUC {roc_auc_score(truth, scores):.3f}")
    if given.wrong:
        for (reply, label), own, now in zip(labels, alone, seen, strict=True):
            if (now >= model.threshold) != label:
                print(f"{label:d} {own:.2f} {now:.2f} {reply['text'][:100]!r}")


if __name__ == "__main__":
    main()
