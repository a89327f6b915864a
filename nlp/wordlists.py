"""The word lists of the rules, read from nlp/cues.yaml once.

`my|our <family> is` is "my mum is", "our mum is", "my dad is" and so on, with the group `family` written
once under `groups:`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from itertools import product

import yaml

_DEEPEST = 3  # groups within groups
_AROUND_OR = re.compile(r" ?\| ?")  # a line of the file may end in one


@lru_cache(maxsize=1)
def _file() -> dict[str, dict[str, str]]:
    text = resources.files("nlp").joinpath("cues.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


@lru_cache(maxsize=1)
def _groups() -> dict[str, tuple[str, ...]]:
    written = {name: tuple(_cut(phrases)) for name, phrases in _file()["groups"].items()}
    for _ in range(_DEEPEST):
        written = {
            name: tuple(one for phrase in phrases for one in spelt_out(phrase, written))
            for name, phrases in written.items()
        }
    return written


@lru_cache(maxsize=16)
def word_lists(section: str) -> dict[str, list[str]]:
    """Label → phrases of one section of nlp/cues.yaml; KeyError for a section or group that is not there."""
    return {
        label: list(dict.fromkeys(one for phrase in _cut(phrases) for one in spelt_out(phrase, _groups())))
        for label, phrases in _file()[section].items()
    }


def spelt_out(phrase: str, groups: dict[str, tuple[str, ...]]) -> list[str]:
    """`phrase` with its groups written out: words as `this|that`, longer phrases each by itself."""
    choices: list[list[str]] = []
    for part in phrase.split():
        if not part.startswith("<"):
            choices.append([part])
            continue
        group = groups[part.strip("<>")]
        words = [one for one in group if " " not in one]
        choices.append([*(["|".join(words)] if words else []), *(one for one in group if " " in one)])
    return [" ".join(chosen) for chosen in product(*choices)]


def _cut(phrases: str) -> list[str]:
    return [_AROUND_OR.sub("|", " ".join(phrase.split())) for phrase in phrases.split(";") if phrase.strip()]
