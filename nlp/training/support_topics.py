"""Measure topics, asking for help and actionable on support tweets that were labelled by reading.

    python -m nlp.training.support_topics DATA [--labels tests/nlp/data/support_labels.csv] [--wrong]

DATA is the folder of shared data. Labels: id (of brand-support/twcs.csv), topics (";" between), actionable,
asks_help, split. The word lists were mended by reading the errors of the split "tuned"; those of "held"
were never listed, though the same hand labelled both.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from listeners.post import Author, Kind, Post
from nlp import actionable, context, topics, urgency
from nlp.phrases import Phrases
from nlp.reading import Reading

LABELS = Path("tests/nlp/data/support_labels.csv")


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled post, the one it answers, and its labels."""

    post: Post
    parent: Post | None
    parent_is_brand: bool
    topics: frozenset[str]
    actionable: bool
    asks_help: bool
    split: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What the rules say of a row."""

    topics: tuple[str, ...]
    actionable: float
    asks_help: bool


def read(data: Path, labels: Path = LABELS) -> list[Row]:
    """The labelled rows of brand-support/twcs.csv. Raises KeyError for a label whose row is not there."""
    raw: dict[str, dict[str, str]] = {}
    with (data / "brand-support" / "twcs.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["text"]:
                raw[line["tweet_id"]] = line
    rows = []
    with labels.open(encoding="utf-8", newline="") as file:
        for label in csv.DictReader(file):
            line = raw[label["id"]]
            parent = raw.get((line["in_response_to_tweet_id"] or "").partition(".")[0])
            rows.append(
                Row(
                    _post(line),
                    _post(parent) if parent else None,
                    bool(parent) and parent["inbound"] == "False" if parent else False,
                    frozenset(label["topics"].split(";")),
                    label["actionable"] == "1",
                    label["asks_help"] == "1",
                    label["split"],
                )
            )
    return rows


def _post(line: Mapping[str, str]) -> Post:
    when = datetime.strptime(line["created_at"], "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    author = Author(line["author_id"], line["author_id"])
    kind = Kind.REPLY if line["in_response_to_tweet_id"] else Kind.POST
    return Post("x", line["tweet_id"], kind, line["text"], when, author)


class Rules:
    """Topics and actionable as the pipeline works them out, without a brand to find."""

    def __init__(self, taxonomy: topics.Taxonomy | None = None) -> None:
        """Compile the word lists."""
        self.taxonomy = taxonomy or topics.load()
        self.cues = Phrases({**self.taxonomy.phrases(), **urgency.phrases(), **actionable.phrases()})

    def guess(self, row: Row) -> Guess:
        """What the rules say; the first handle counts as the brand's: every one of these posts is to one."""
        scan = Reading.of(row.post).scan
        hits = self.cues.find(scan)
        parent = Reading.of(row.parent).scan if row.parent else None
        answer, _ = context.answer_in(scan) if parent else (context.Answer.NOTHING, [])
        names, shown = topics.topics_of(hits, self.taxonomy.rest)
        if not shown and parent:
            names = topics.of_thread(
                self.cues.find(parent), self.taxonomy.rest, brands_words=row.parent_is_brand
            )
        addressed = row.parent_is_brand or row.post.text.lstrip(".").startswith("@")
        doing = actionable.weigh(
            scan,
            hits,
            row.post,
            addressed=addressed,
            answers_brand=row.parent_is_brand,
            brand_asked=bool(row.parent and actionable.asks_back(row.parent.text)),
            answer=answer,
        )
        return Guess(names, doing.probability, doing.asks_help)


def f1(right: int, said: int, there: int) -> tuple[float, float, float]:
    """(precision, recall, F1); 0 where nothing was said or there."""
    precision, recall = right / said if said else 0.0, right / there if there else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def report(
    rows: Sequence[Row], guesses: Sequence[Guess], say: Callable[[str], object] = print
) -> dict[str, float]:
    """Print the figures of some rows; returns the main ones."""
    there, said, right = Counter[str](), Counter[str](), Counter[str]()
    first = 0
    for row, guess in zip(rows, guesses, strict=True):
        there.update(row.topics)
        said.update(guess.topics)
        right.update(row.topics & set(guess.topics))
        first += guess.topics[0] in row.topics
    figures = {"first topic right": first / len(rows)}
    precision, recall, score = f1(right.total(), said.total(), there.total())
    figures["topics micro-F1"] = score
    say(
        f"  posts {len(rows)}; first topic right {first / len(rows):.3f}; "
        f"topics precision {precision:.3f} recall {recall:.3f} F1 {score:.3f}"
    )
    for name in sorted(there, key=lambda name: -there[name]):
        p, r, f = f1(right[name], said[name], there[name])
        say(f"    {name:13} there {there[name]:3}  precision {p:.2f}  recall {r:.2f}  F1 {f:.2f}")
    for what, truth, guessed in (
        ("actionable", [r.actionable for r in rows], [g.actionable >= 0.5 for g in guesses]),
        ("asks for help", [r.asks_help for r in rows], [g.asks_help for g in guesses]),
    ):
        hit = sum(t and g for t, g in zip(truth, guessed, strict=True))
        p, r, f = f1(hit, sum(guessed), sum(truth))
        same = sum(t == g for t, g in zip(truth, guessed, strict=True)) / len(rows)
        figures[what] = f
        say(
            f"  {what:13} there {sum(truth):3}  precision {p:.3f}  recall {r:.3f}  F1 {f:.3f}  "
            f"accuracy {same:.3f}"
        )
    return figures


def main() -> None:
    """Print the figures of both splits and of all."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path)
    asked.add_argument("--labels", type=Path, default=LABELS)
    asked.add_argument("--wrong", action="store_true", help="list what is wrong (prints posts)")
    given = asked.parse_args()
    rules = Rules()
    rows = read(given.data, given.labels)
    guesses = [rules.guess(row) for row in rows]
    for split in ("tuned", "held", "all"):
        print(f"{split}:")
        some = [(row, guess) for row, guess in zip(rows, guesses, strict=True) if split in {row.split, "all"}]
        report([row for row, _ in some], [guess for _, guess in some])
    if given.wrong:
        for row, guess in zip(rows, guesses, strict=True):
            if row.split == "tuned":
                text = row.post.text[:110].replace("\n", " ")
                if set(guess.topics) != row.topics:
                    print(f"T {'/'.join(sorted(row.topics))} | {'/'.join(guess.topics)} | {text}")
                if (guess.actionable >= 0.5) != row.actionable:
                    print(f"A {row.actionable:d} {guess.actionable:.2f} {text}")
                if guess.asks_help != row.asks_help:
                    print(f"H {row.asks_help:d} {text}")


if __name__ == "__main__":
    main()
