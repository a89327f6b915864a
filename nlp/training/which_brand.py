"""Learn and measure nlp/model/which_brand.json: does an ordinary word mean the brand?

    python -m nlp.training.which_brand DATA            measure, leaving out one word after the other
    python -m nlp.training.which_brand DATA --write    and write the weights

DATA is the folder of shared data. Learnt from: the labelled rows of complaints/train.csv and
brands/sxsw-train.csv and the written posts of which_posts.yaml. Never learnt from, only measured on:
brand-support/twcs.csv (its licence) and tests/nlp/data/which_posts.yaml. Some seconds on one core.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from listeners.brand import Brand
from nlp.brands import BrandFinder
from nlp.mention import How
from nlp.reading import scan
from nlp.training.which_labels import LEARNT_FROM, NEVER_LEARNT_FROM, Labelled, labelled, written
from nlp.which_brand import FILE, Weights, WhichBrand

STRENGTH = 0.5  # inverse of the regularisation
RECALL = 0.91
"""Recall at which the threshold is set, on words left out of learning."""
LEARNING = frozenset({"train", "sxsw", "written"})


@dataclass(slots=True)
class Case:
    """A labelled post with the features of every place where the name stands."""

    item: Labelled
    places: list[dict[str, float]] = field(default_factory=list)
    score: float = 0.0


def cases(items: Sequence[Labelled]) -> list[Case]:
    """Posts in which the plain dictionary finds the name; the others are not ours to decide."""
    weighers: dict[str, WhichBrand] = {}
    finders: dict[str, BrandFinder] = {}
    out = []
    for item in items:
        bare = Brand(name=item.brand.name, misspellings="off")
        finder = finders.setdefault(item.key, BrandFinder([bare]))
        weigher = weighers.setdefault(item.key, WhichBrand(item.brand, Weights({"bias": 0.0}, 0.5)))
        text = scan(item.text)
        found = [place for one in finder.find(text) for place in one.places if place[2] is How.NAME]
        if found:
            out.append(Case(item, [weigher.features(text, start, end) for start, end, _ in found]))
    return out


def fit(learning: Sequence[Case]) -> dict[str, float]:
    """Weights by logistic regression; of several places in a post the likeliest counts."""
    maker = DictVectorizer(sparse=False)
    maker.fit([place for case in learning for place in case.places])
    rows = [maker.transform(case.places) for case in learning]
    labels = np.array([case.item.meant for case in learning])
    chosen = np.array([row[0] for row in rows])
    model = LogisticRegression(C=STRENGTH, max_iter=3000, fit_intercept=False)
    for _ in range(2):
        model.fit(chosen, labels)
        chosen = np.array([row[int(np.argmax(row @ model.coef_[0]))] for row in rows])
    return {
        str(name): round(float(w), 4)
        for name, w in zip(maker.get_feature_names_out(), model.coef_[0], strict=True)
    }


def score(places: Sequence[dict[str, float]], weights: dict[str, float]) -> float:
    """Log-odds of the likeliest place."""
    return max(sum(value * weights.get(name, 0.0) for name, value in place.items()) for place in places)


def leave_words_out(every: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Score each word's posts by weights that never saw the word; returns word → those weights."""
    by_word: dict[str, list[Case]] = defaultdict(list)
    for case in every:
        by_word[case.item.brand.name.lower()].append(case)
    kept = {}
    for word, own in by_word.items():
        weights = fit([c for c in every if c.item.source in LEARNING and c.item.brand.name.lower() != word])
        kept[word] = weights
        for case in own:
            case.score = score(case.places, weights)
    return kept


def precision_at(scores: NDArray[np.float64], meant: NDArray[np.bool_], recall: float) -> tuple[float, float]:
    """(precision, score) at the highest score that reaches `recall`."""
    order = np.argsort(-scores)
    hits = np.cumsum(meant[order])
    at = int(np.argmax(hits >= recall * meant.sum()))
    return float(hits[at] / (at + 1)), float(scores[order][at])


def with_examples(
    every: Sequence[Case], weights: dict[str, dict[str, float]], each: int, seed: int
) -> list[Case]:
    """Posts of words with enough labels, each scored with `each` + `each` others of its word as examples."""
    chance = random.Random(seed)
    by_brand: dict[str, list[Case]] = defaultdict(list)
    for case in every:
        by_brand[case.item.key].append(case)
    out = []
    for own in by_brand.values():
        brand = own[0].item.brand
        sides = {meant: [c for c in own if c.item.meant is meant] for meant in (True, False)}
        if min(len(side) for side in sides.values()) < 2:
            continue
        for case in own:
            picked = {
                meant: chance.sample(others, min(each, len(others)))
                for meant, side in sides.items()
                for others in [[c.item.text[:200] for c in side if c.item.text != case.item.text]]
            }
            told = brand.model_copy(
                update={"examples": tuple(picked[True]), "counter_examples": tuple(picked[False])}
            )
            weigher = WhichBrand(told, Weights(weights[brand.name.lower()], 0.5))
            text = scan(case.item.text)
            finder = BrandFinder([Brand(name=brand.name, misspellings="off")])
            places = [p for one in finder.find(text) for p in one.places if p[2] is How.NAME]
            best = max(weigher.weigh_one(weigher.features(text, s, e)).probability for s, e, _ in places)
            out.append(Case(case.item, case.places, float(np.log(best + 1e-6) - np.log(1 - best + 1e-6))))
    return out


def report(name: str, some: Sequence[Case], threshold: float, say: Callable[[str], object] = print) -> None:
    """One line of figures."""
    scores = np.array([case.score for case in some])
    meant = np.array([case.item.meant for case in some])
    took = scores >= threshold
    right = int((took & meant).sum())
    say(
        f"{name:34} posts {len(some):5}  dictionary precision {meant.mean():.3f}  "
        f"precision {right / max(1, took.sum()):.3f}  recall {right / max(1, meant.sum()):.3f}  "
        f"precision at recall .90 {precision_at(scores, meant, 0.9)[0]:.3f}  "
        f"at .95 {precision_at(scores, meant, 0.95)[0]:.3f}"
    )


def main() -> None:
    """Measure; with --write, store the weights."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--wrong", action="store_true", help="list what is wrong (prints posts)")
    given = asked.parse_args()
    every = cases(
        [
            *labelled(given.data),
            *written(LEARNT_FROM, "written"),
            *written(NEVER_LEARNT_FROM, "unseen"),
        ]
    )
    weights = leave_words_out(every)
    learning = [case for case in every if case.item.source in LEARNING]
    scores = np.array([case.score for case in learning])
    meant = np.array([case.item.meant for case in learning])
    _, threshold = precision_at(scores, meant, RECALL)
    report("all, each word unseen", every, threshold)
    for source, name in (
        ("twcs", "support tweets (never learnt from)"),
        ("train", "tweets to brands"),
        ("sxsw", "tweets from a festival"),
        ("written", "written, learnt from"),
        ("unseen", "written, never learnt from"),
    ):
        report(name, [case for case in every if case.item.source == source], threshold)
    real = [case for case in every if case.item.source in {"twcs", "train", "sxsw"}]
    report("all of the shared data", real, threshold)
    for each in (2, 5):
        told = with_examples(every, weights, each=each, seed=7)
        names = {(case.item.key, case.item.text) for case in told}
        same = [case for case in every if (case.item.key, case.item.text) in names]
        report(f"words with labels enough, bare ({each})", same, threshold)
        report(f"  with {each} + {each} examples", told, threshold)
    if given.wrong:
        for case in sorted(every, key=lambda case: case.score):
            if (case.score >= threshold) != case.item.meant:
                item = case.item
                print(
                    f"{item.meant:d} {case.score:5.1f} {item.source} {item.brand.name}: {item.text[:120]!r}"
                )
    if given.write:
        out = Path(__file__).parent.parent / "model" / FILE
        chance = round(float(1 / (1 + np.exp(-threshold))), 4)
        final = {"threshold": chance, "weights": dict(sorted(fit(learning).items()))}
        out.write_text(json.dumps(final, indent=1) + "\n", encoding="utf-8")
        print(f"wrote {out}: threshold {chance}")


if __name__ == "__main__":
    main()
