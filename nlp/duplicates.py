"""Near-copies: reposts, quotes with nothing added, syndicated articles.

Texts are compared by the pairs of words they share. Short texts are never copies of each other: two
people who write "my internet is down again" are two people.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

from nlp.reading import LIMIT, clean, fold

PERMUTATIONS = 32
BANDS = 8  # of 4 rows: a pair at similarity .8 shares a band with probability .99, at .5 with .40
ALIKE = 0.7
"""Jaccard similarity from which two texts are the same."""
FEWEST = 8
"""Words a text needs before another can be its copy."""

_NOISE = re.compile(r"https?://\S+|(?<!\w)@\w+|&\w{2,8};|\brt\b|…|\.\.\.")
_WORD = re.compile(r"[^\W_]+")


def shingles(text: str) -> frozenset[str]:
    """Pairs of neighbouring words, without links, handles and "RT". Empty for a text too short to compare."""
    words = _WORD.findall(_NOISE.sub(" ", fold(clean(text[:LIMIT]))))
    if len(words) < FEWEST:
        return frozenset()
    return frozenset(f"{a[:40]} {b[:40]}" for a, b in pairwise(words))


def fingerprints(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The bands of each text's MinHash; () for a text too short to be anybody's copy."""
    from datasketch import MinHash  # noqa: PLC0415  imports scipy: only when asked

    sets = [shingles(text) for text in texts]
    full = [[one.encode("utf-8", "replace") for one in found] for found in sets if found]
    hashes = iter(MinHash.generator(full, num_perm=PERMUTATIONS, hashfunc=zlib.crc32) if full else ())
    rows = PERMUTATIONS // BANDS
    out: list[tuple[str, ...]] = []
    for found in sets:
        if not found:
            out.append(())
            continue
        values = next(hashes).hashvalues
        out.append(
            tuple(
                f"{band}:{zlib.crc32(values[band * rows : (band + 1) * rows].tobytes()):08x}"
                for band in range(BANDS)
            )
        )
    return out


def fingerprint(text: str) -> tuple[str, ...]:
    """The bands of one text. Texts that share a band may be copies; `same` tells."""
    return fingerprints([text])[0]


def same(a: str, b: str) -> bool:
    """Whether one text is a near-copy of the other."""
    one, other = shingles(a), shingles(b)
    if not one or not other:
        return False
    return len(one & other) >= ALIKE * len(one | other)


def adds_nothing(text: str) -> bool:
    """Whether a quote's own text is only links, handles and punctuation."""
    return not _WORD.search(_NOISE.sub(" ", fold(clean(text[:LIMIT]))))
