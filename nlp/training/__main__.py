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
from nlp.complaints import ComplaintModel
from nlp.encoder import FOLDER, there
from nlp.evaluation import Guess, interval, measure
from nlp.labelled import BadFile, Labelled, read_labelled
from nlp.training import OWN_WORDS, compare, folds, mixing, words

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
    encoder = weights.SHIPPED / FOLDER if options.encoder is None else options.encoder
    own = [] if options.no_own_words else read_labelled(OWN_WORDS)
    print(f"and {len(own)} posts of our own words, which are learnt from and never judged by")
    runs = []
    for seed in range(options.repeats):
        splits = folds.by_chance(posts, options.folds, seed=seed)
        runs.append(folds.held_out(posts, splits, encoder if there(encoder) else None, own))
        _tell(f"{options.folds} folds, seed {seed}", posts, runs[-1])
    kept = runs[0]
    if options.by_domain:
        _tell("leave one domain out", posts, folds.held_out(posts, folds.by_domain(posts), None, own))
        strict = encoder if (encoder / mixing.BY_DOMAIN).exists() else None
        thirds = folds.held_out(posts, folds.by_thirds(posts), strict, own, mixing.BY_DOMAIN)
        _tell("leave three domains out", posts, thirds)
    guesses, _ = kept.guesses("balanced" if "balanced" in kept.modes() else "fast")
    verdict = compare.against(options.out, posts, guesses)
    print(verdict.told)
    if verdict.worse and not options.force:
        print(f"Refused: the model in {options.out} stays. Use --force to replace it all the same.")
        return 1
    if not options.dry_run:
        _save(options.out, posts, own, kept, guesses)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{perf_counter() - started:.0f} s, {megabytes:.0f} MB at most")
    return 0


def _tell(name: str, posts: list[Labelled], held: folds.HeldOut) -> None:
    to_brands = np.flatnonzero(folds.to_brands(posts))
    for mode in held.modes():
        parts = [
            (f"{name}, {mode}", np.arange(len(posts)), held.guesses(mode)),
            ("  of these, to brands", to_brands, held.guesses(mode)),
        ]
        if held.encoder is not None:
            parts.append(("  as mentions are judged", to_brands, held.guesses(mode, of_mentions=True)))
        for what, mine, (guesses, threshold) in parts:
            if len(mine):
                some, said = [posts[at] for at in mine], [guesses[at] for at in mine]
                found = measure(some, said, threshold=threshold, posts_per_second=0)
                low, high = interval(some, said)
                print(folds.figures(what, found), f" macro-F1 95% {low:.3f} to {high:.3f}", flush=True)


def _save(
    out: Path, posts: list[Labelled], own: list[Labelled], kept: folds.HeldOut, guesses: list[Guess]
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    everyone = [*posts, *own]
    columns = words.Columns.of([post.text for post in everyone])
    speaks = np.concatenate((folds.to_brands(posts), np.ones(len(own), np.bool_)))
    made = words.fit(columns, everyone, np.arange(len(everyone)), named=speaks)
    found = measure(posts, guesses, threshold=0.5, posts_per_second=0)
    names = ("macro_f1", "precision", "recall", "f1", "auc", "ece", "severity_macro_f1")
    meta = {"posts": len(posts), "cross_validation": {name: found.get(name) for name in names}}
    weights.save(replace(made, meta=meta), out / weights.FILE)
    compare.remember(out, posts, guesses)
    if kept.encoder is not None:
        mixing.fit(kept.word, kept.encoder, kept.labels, kept.named, kept.among).save(out)
    model = ComplaintModel.load(out)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    print(f"saved {out} ({size:.1f} MB in all), version {model.version}, mode {model.mode}")
    print(json.dumps(meta))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m nlp.training", description=__doc__)
    parser.add_argument("data", nargs="*", type=Path, default=[DATA], help=f"CSV files (default {DATA})")
    parser.add_argument("--out", type=Path, default=weights.SHIPPED, help="folder of the weights")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder (default: the shipped one)")
    parser.add_argument("--folds", type=int, default=5, help="folds of the cross-validation")
    parser.add_argument("--repeats", type=int, default=1, help="how often, each time with another seed")
    parser.add_argument("--by-domain", action="store_true", help="also leave out one domain at a time")
    parser.add_argument("--no-own-words", action="store_true", help="learn from DATA alone")
    parser.add_argument("--force", action="store_true", help="replace the model even by a worse one")
    parser.add_argument("--dry-run", action="store_true", help="figures only; nothing is written")
    return parser


if __name__ == "__main__":
    sys.exit(main())
