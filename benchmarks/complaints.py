"""The complaint model alone: posts per second and memory of each mode, beside a tokenizer and VADER.

    python -m benchmarks complaints DATA [--posts 5000]

DATA is a CSV with a column `tweet` or `text` (such as ../shared/data/brand-support/twcs.csv); its posts are
repeated up to --posts with a number of their own. Each runs in a process of its own on one thread. Times
are processor time, the best of three rounds, so that a busy machine tells little; memory is the peak.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

SUBJECTS = (
    "fast",
    "balanced",
    "thorough",
    "fast, no evidence",
    "balanced, no evidence",
    "spaCy tokenizer",
    "VADER",
)
ROUNDS = 3


def main() -> None:
    """Run every subject in turn and print the table; with --subject, run that one here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="CSV with a column tweet or text")
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject:
        print(json.dumps(_measure(options.subject, _texts(options.data, options.posts))))
        return
    print(f"{'':<24}{'posts/s':>10}{'ms a post':>12}{'peak MB':>10}{'complaints':>12}")
    for subject in SUBJECTS:
        command = [sys.executable, "-m", "benchmarks.complaints", str(options.data)]
        command += ["--posts", str(options.posts), "--subject", subject]
        alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        ran = subprocess.run(command, env=alone, capture_output=True, text=True, check=False)
        if ran.returncode:
            print(f"{subject:<24}  {ran.stderr.strip().splitlines()[-1]}")
            continue
        said = json.loads(ran.stdout)
        each = said["seconds"] / options.posts
        share = "" if said["complaints"] is None else f"{said['complaints'] / options.posts:.1%}"
        print(
            f"{subject:<24}{1 / each:>10,.0f}{each * 1000:>12.3f}{said['megabytes']:>10.0f}{share:>12}",
            flush=True,
        )


def _texts(path: Path, count: int) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row.get("tweet") or row.get("text") or "" for row in csv.DictReader(lines)]
    return [f"{text} {number}" for number, text in enumerate(islice(cycle(rows), count))]


def _measure(subject: str, texts: Sequence[str]) -> dict[str, float | None]:
    run = _subject(subject)
    run(texts[:256])  # weights are read, caches are warm
    best, complaints = float("inf"), None
    for _ in range(ROUNDS):
        started = time.process_time()
        complaints = sum(
            said for start in range(0, len(texts), 256) for said in run(texts[start : start + 256])
        )
        best = min(best, time.process_time() - started)
    return {
        "seconds": best,
        "complaints": None if subject in SUBJECTS[-2:] else complaints,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _subject(name: str) -> Callable[[Sequence[str]], list[bool]]:
    """What to run on a batch of texts; True for each that it calls a complaint."""
    if name == "spaCy tokenizer":
        import spacy  # noqa: PLC0415  each subject pays for its own imports only

        nlp = spacy.blank("en")
        return lambda texts: [len(doc) < 0 for doc in nlp.pipe(texts)]
    if name == "VADER":
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

        vader = SentimentIntensityAnalyzer()
        return lambda texts: [vader.polarity_scores(text)["compound"] < 0 for text in texts]
    from nlp.complaints import ComplaintModel  # noqa: PLC0415

    mode, _, rest = name.partition(",")
    model = ComplaintModel.load(mode=mode)
    return lambda texts: [one.probability >= 0.5 for one in model.predict(texts, why=not rest)]


if __name__ == "__main__":
    main()
