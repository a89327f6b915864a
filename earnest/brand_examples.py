"""A brand's own examples, tried: posts that do mean it must be found, counter-examples must not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from earnest.config_errors import Problem
from earnest.yaml_lines import read
from listeners.brand import Brand
from listeners.post import Kind, Post
from nlp.brands import BrandFinder
from nlp.reading import Reading


def wrong_examples(brands: tuple[Brand, ...], file: Path) -> Iterator[Problem]:
    """Every example that the brand finder reads otherwise, with its line in `file` (brands.yaml)."""
    finder = BrandFinder(brands)
    document = read(file.read_text(encoding="utf-8-sig"))
    for number, brand in enumerate(brands):
        for list_name, meant in (("examples", True), ("counter_examples", False)):
            for index, text in enumerate(getattr(brand, list_name)):
                post = Post("x", "example", Kind.POST, text, datetime.now(UTC))
                found = brand.name in {one.brand.name for one in finder.find(Reading.of(post).scan)}
                if found == meant:
                    continue
                place = document.place(("brands", number, list_name, index))
                what = f'"{text}" is {"" if found else "not "}found to mean {brand.name}'
                mend = (
                    "add the word that gives it away to aliases, products, near or handles"
                    if meant
                    else "add a word of it to none:, or ask for a word beside the name with with:"
                )
                key = f"brands[{number + 1}].{list_name}[{index + 1}]"
                yield Problem(file, place.line, place.column, key, what, mend)
