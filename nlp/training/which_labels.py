"""Posts with an ordinary word that may be a brand, labelled by reading.

Labels are kept as ids of rows of the shared data, never as text: tests/nlp/data/which_labels.csv with the
columns brand, source (twcs, train or sxsw), id, meant. Brands and their descriptions stand in
which_brands.yaml beside it. Written posts (which_posts.yaml) hold their own text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from listeners.brand import Brand

LABELS = Path("tests/nlp/data/which_labels.csv")
BRANDS = Path("tests/nlp/data/which_brands.yaml")
LEARNT_FROM = Path("nlp/training/which_posts.yaml")
NEVER_LEARNT_FROM = Path("tests/nlp/data/which_posts.yaml")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One post, the brand its word may mean, and whether it does. source: where the post is from."""

    brand: Brand
    text: str
    meant: bool
    source: str

    @property
    def key(self) -> str:
        """The brand by name and description: one name may stand for two brands."""
        return f"{self.brand.name}: {self.brand.description}"


def written(path: Path, source: str) -> Iterator[Labelled]:
    """The posts of a YAML file of written ones."""
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        brand = Brand(**entry["brand"], misspellings="off")
        for key, meant in (("meant", True), ("not", False)):
            for text in entry[key]:
                yield Labelled(brand, text, meant, source)


def labelled(data: Path, labels: Path = LABELS, brands: Path = BRANDS) -> Iterator[Labelled]:
    """The labelled rows of the shared data in folder `data`."""
    told: dict[str, str] = yaml.safe_load(brands.read_text(encoding="utf-8"))
    made = {name: Brand(name=name, description=line, misspellings="off") for name, line in told.items()}
    texts = {
        "twcs": _texts(data / "brand-support" / "twcs.csv", "tweet_id", "text"),
        "train": _texts(data / "complaints" / "train.csv", "id", "tweet"),
        "sxsw": _texts(data / "brands" / "sxsw-train.csv", None, "tweet"),
    }
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Labelled(
                made[row["brand"]], texts[row["source"]][row["id"]], row["meant"] == "1", row["source"]
            )


def _texts(path: Path, key: str | None, column: str) -> dict[str, str]:
    """id → text; without an id column the row's number from 0."""
    with path.open(encoding="utf-8", newline="") as file:
        # sxsw says "@mention" for every handle: a number, as twcs has it, says the same.
        return {
            row[key] if key else str(number): (row[column] or "").replace("@mention", "@0")
            for number, row in enumerate(csv.DictReader(file))
        }
