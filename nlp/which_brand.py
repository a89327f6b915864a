"""Which Apple? Whether an ordinary word in a post means the brand of that name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from listeners.brand import Brand
from nlp.mention import How
from nlp.reading import Scan


@dataclass(frozen=True, slots=True)
class Verdict:
    """probability: that the brand is meant. because: what spoke for (+) or against (-) it, in words."""

    probability: float
    meant: bool
    because: tuple[tuple[str, float], ...] = ()


_ARTICLES = frozenset(
    {"a", "an", "my", "your", "his", "her", "our", "their", "this", "that", "these", "some"}
)


class WhichBrand:
    """Weighs one brand's name where it stands."""

    THRESHOLD = 0.3  # a miss costs more than a false find

    def __init__(self, brand: Brand) -> None:
        """Prepare for `brand`."""
        self.brand = brand

    @classmethod
    def of(cls, brand: Brand) -> WhichBrand | None:
        """A weigher, where the brand needs one."""
        return cls(brand) if brand.description or brand.examples or brand.counter_examples else None

    def weigh(self, text: Scan, places: Sequence[tuple[int, int, How]]) -> Verdict:
        """How likely the brand is meant at the likeliest of `places`."""
        best: tuple[float, list[tuple[str, float]]] | None = None
        for start, end, how in places:
            because: list[tuple[str, float]] = []
            if how in {How.PRODUCT, How.NEAR} or " " in text.text[start:end]:
                because.append(("more than one word", 3.0))
            written = text.text[start:end]
            if written[:1].isupper() and not written.isupper():
                because.append(("written with a capital", 1.5))
            elif written.islower() and not self.brand.name.islower():
                because.append(("written small", -0.5))
            before = text.folded[:start].split()[-1:] if start else []
            if before and before[0] in _ARTICLES:
                because.append((f"after {before[0]!r}", -1.5))
            total = 0.5 + sum(weight for _, weight in because)
            if best is None or total > best[0]:
                best = (total, because)
        assert best is not None
        probability = 1 / (1 + exp(-best[0]))
        return Verdict(round(probability, 3), probability >= self.THRESHOLD, tuple(best[1]))
