"""What judges a post beside the weights and the configuration, by name and hash.

A judgement keeps the version that made it. So the version must change with everything a judgement rests
on: this room's code and lists, the tables that find brands, and the library that tells languages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
TABLES = ("which_brand.json", "words.npz")
"""Files of nlp/model that are no part of the complaint model, which has a version of its own."""


@lru_cache(maxsize=1)
def judging() -> tuple[Path, ...]:
    """The files whose bytes decide, beside the complaint model's: nlp/*.py, *.yaml and TABLES."""
    code = sorted(path for path in HERE.iterdir() if path.suffix in {".py", ".yaml"})
    return (*code, *(HERE / "model" / name for name in TABLES))


def of(files: Iterable[Path]) -> str:
    """Twelve hex digits that name the names and bytes of `files` and the language library's version."""
    digest = hashlib.sha256(version("py3langid").encode())
    for path in files:
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def rules() -> str:
    """The version of what is installed."""
    return of(judging())
