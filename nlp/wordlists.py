"""The word lists of the rules, read from nlp/cues.yaml once."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml


@lru_cache(maxsize=1)
def _file() -> dict[str, dict[str, str]]:
    text = resources.files("nlp").joinpath("cues.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


@lru_cache(maxsize=16)
def word_lists(section: str) -> dict[str, list[str]]:
    """Label → phrases of one section of nlp/cues.yaml; KeyError for a section that is not there."""
    return {
        label: [phrase.strip() for phrase in phrases.split(";") if phrase.strip()]
        for label, phrases in _file()[section].items()
    }
