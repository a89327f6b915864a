"""The brand finder as a spaCy component: `nlp.add_pipe("brands", config={"brands": [...]})`."""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from listeners.brand import Brand
from nlp.brands import BrandFinder
from nlp.reading import scan

if not Doc.has_extension("brands"):
    Doc.set_extension("brands", default=())


class BrandComponent:
    """Writes `Doc._.brands`: a tuple of `nlp.brands.Found`. `find` computes, `__call__` writes."""

    def __init__(self, brands: list[dict[str, Any]]) -> None:
        """Compile the brands, each as in brands.yaml."""
        self.finder = BrandFinder([Brand.model_validate(brand) for brand in brands])

    def __call__(self, doc: Doc) -> Doc:
        """Find the brands of `doc`; a Doc of another tokenizer is scanned first."""
        text = doc.user_data.get("scan") or scan(doc.text)
        doc._.brands = tuple(self.finder.find(text))
        return doc


@Language.factory("brands", default_config={"brands": []}, assigns=["doc._.brands"])
def make_brands(nlp: Language, name: str, brands: list[dict[str, Any]]) -> BrandComponent:
    """Build the component from configuration."""
    return BrandComponent(brands)
