"""What a desk's labels are worth: macro-F1 in an industry that the model was not trained on.

    python -m benchmarks desk_labels DATA

DATA is complaints/train.csv of the shared data. Each industry in turn is a desk's: the word stage is trained
without it, half of its posts may be labelled, the other half are judged. Labelled is what a desk would see:
posts that the model brings to people, and every second complaint that it misses (somebody brought it back).
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp.calibration import sigmoid
from nlp.evaluation import scores
from nlp.labelled import read_labelled
from nlp.training import OWN_WORDS, folds, warm, words
from nlp.training.columns import Columns, score

LABELS = (30, 60, 100)
POINT = 0.31
"""The operating point of fast mode among mentions."""


def main() -> None:
    """Print one row per number of labels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    posts, own = read_labelled(given.data), read_labelled(OWN_WORDS)
    every = [*posts, *own]
    columns = Columns.of([post.text for post in every])
    truth = np.array([post.complaint for post in every])
    random = np.random.default_rng(given.seed)
    brands = folds.to_brands(posts)
    learnt_by_all = np.arange(len(posts), len(every))
    named = np.concatenate((brands, np.ones(len(own), np.bool_)))
    found: dict[int, list[tuple[float, ...]]] = {count: [] for count in LABELS}
    for trained, held in folds.by_domain(posts):
        base = words.fit(columns, every, np.concatenate((trained, learnt_by_all)), named=named)
        base = replace(base, meta={"posts": len(trained)})
        mine = random.permutation(held[brands[held]])
        seen, judged = mine[: len(mine) // 2], mine[len(mine) // 2 :]
        among = base.among_mentions()
        before = sigmoid(among.scale(score(among, columns, seen)[:, 0]))
        shown = seen[(before >= POINT) | (truth[seen] & (random.random(len(seen)) < 0.5))]
        was = sigmoid(among.scale(score(among, columns, judged)[:, 0]))
        for count in LABELS:
            if len(shown) < 0.7 * count:
                continue
            new = warm.moved(base, columns, every, shown[:count]).among_mentions()
            now = sigmoid(new.scale(score(new, columns, judged)[:, 0]))
            told = [
                (scores(truth[judged], p >= 0.5)["macro_f1"], scores(truth[judged], p >= POINT)["recall"])
                for p in (was, now)
            ]
            found[count].append((len(judged), *told[0], *told[1]))
    print(f"{'labels':>6}{'industries':>12}{'macro-F1':>18}{'recall at the point':>24}")
    for count, rows in found.items():
        if rows:
            table = np.array(rows)
            old_f1, old_recall, new_f1, new_recall = table[:, 0] @ table[:, 1:] / table[:, 0].sum()
            f1, recall = f"{old_f1:.3f} → {new_f1:.3f}", f"{old_recall:.3f} → {new_recall:.3f}"
            print(f"{count:>6}{len(rows):>12}{f1:>18}{recall:>24}", flush=True)


if __name__ == "__main__":
    main()
