"""`python -m nlp.training [DATA …]`: make the shipped weights again, or better ones from more labels.

In: CSV files of labelled posts (columns tweet, label, and severity where known). Out: the weights in
--out, and the figures of five-fold cross-validation, wall time and peak memory on stdout. Seeded: the
same files give the same weights. A model that is worse than the one in --out is refused.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from nlp import weights
from nlp.evaluation import interval, measure
from nlp.labelled import BadFile, Labelled, read_labelled
from nlp.training import compare, folds, words

DATA = Path(os.environ.get("EARNEST_SHARED_DATA", "../shared/data")) / "complaints" / "train.csv"


def main(arguments: list[str] | None = None) -> int:
    """Train, compare, save. Returns 0; 1 when the new model is refused; 2 for files that cannot be read."""
    options = _options().parse_args(arguments)
    started = perf_counter()
    try:
        posts = [post for path in options.data for post in read_labelled(path)]
    except BadFile as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(posts)} posts, {sum(post.complaint for post in posts)} of them complaints, from", end=" ")
    print(", ".join(map(str, options.data)))
    kept = _cross_validate(posts, options.folds, options.repeats)
    if options.by_domain:
        left_out = folds.held_out(posts, folds.by_domain(posts))
        _tell("leave one domain out", posts, left_out)
    verdict = compare.against(options.out, posts, kept.guesses)
    print(verdict.told)
    if verdict.worse and not options.force:
        print(f"Refused: the model in {options.out} stays. Use --force to replace it all the same.")
        return 1
    if not options.dry_run:
        _save(options.out, posts, kept)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{perf_counter() - started:.0f} s, {megabytes:.0f} MB at most")
    return 0


def _cross_validate(posts: list[Labelled], count: int, repeats: int) -> folds.HeldOut:
    runs = []
    for seed in range(repeats):
        runs.append(folds.held_out(posts, folds.by_chance(posts, count, seed=seed)))
        _tell(f"{count} folds, seed {seed}", posts, runs[-1])
    return runs[0]


def _tell(name: str, posts: list[Labelled], held: folds.HeldOut) -> None:
    rows = np.array([not (post.domain or "random").startswith("random") for post in posts])
    for what, mine in ((name, np.arange(len(posts))), ("  of these, to brands", np.flatnonzero(rows))):
        if len(mine):
            some, guesses = [posts[at] for at in mine], [held.guesses[at] for at in mine]
            found = measure(some, guesses, threshold=held.threshold, posts_per_second=0)
            low, high = interval(some, guesses)
            print(folds.figures(what, found), f" macro-F1 95% {low:.3f} to {high:.3f}", flush=True)


def _save(out: Path, posts: list[Labelled], kept: folds.HeldOut) -> None:
    out.mkdir(parents=True, exist_ok=True)
    columns = words.Columns.of([post.text for post in posts])
    made = words.fit(columns, posts, np.arange(len(posts)))
    found = measure(posts, kept.guesses, threshold=kept.threshold, posts_per_second=0)
    names = ("macro_f1", "precision", "recall", "f1", "auc", "ece", "severity_macro_f1")
    meta = {"posts": len(posts), "cross_validation": {name: found.get(name) for name in names}}
    weights.save(replace(made, meta=meta), out / weights.FILE)
    compare.remember(out, posts, kept.guesses)
    size = (out / weights.FILE).stat().st_size / 1e6
    print(f"saved {out / weights.FILE} ({size:.1f} MB, version {weights.version(out / weights.FILE)})")
    print(json.dumps(meta))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m nlp.training", description=__doc__)
    parser.add_argument("data", nargs="*", type=Path, default=[DATA], help=f"CSV files (default {DATA})")
    parser.add_argument("--out", type=Path, default=weights.SHIPPED, help="folder of the weights")
    parser.add_argument("--folds", type=int, default=5, help="folds of the cross-validation")
    parser.add_argument("--repeats", type=int, default=1, help="how often, each time with another seed")
    parser.add_argument("--by-domain", action="store_true", help="also leave out one domain at a time")
    parser.add_argument("--force", action="store_true", help="replace the model even by a worse one")
    parser.add_argument("--dry-run", action="store_true", help="figures only; nothing is written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
