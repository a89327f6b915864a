"""The one way text becomes tokens, for every home of the index and for every query.

Engines split text each in their own way; by splitting here, once, all of them find the same
posts. Handles, hashtags, links and emoji are tokens of their own; words are NFKC-normalised and
case-folded; every ideograph and kana is a token, so that a phrase finds a word in running text.
"""

from __future__ import annotations

import re
import unicodedata

_CJK = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"""
      https?://[^\s<>"']+                      # a link, whole
    | (?<!\w)[@#][\w.\-]*\w                    # a handle or a hashtag
    | [{_CJK}]                                 # one ideograph
    | [^\W_{_CJK}]+(?:['_][^\W_{_CJK}]+)*      # a word, with its apostrophes
    | [\U0001f1e6-\U0001f1ff]{{2}}             # a flag
    | [\u2190-\u2bff\U0001f000-\U0001faff]     # an emoji, with what joins or colours it
      (?:[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2190-\u2bff\U0001f000-\U0001faff])*
    """,
    re.VERBOSE,
)
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "＇": "'"})
LONGEST_TOKEN = 256
"""Characters kept of one token; longer ones are cut, in documents and queries alike."""

BARRIER = "\u00b6"
"""Stands between title and text, so that no phrase reaches across."""


def tokens(text: str) -> list[str]:
    """Split text into normalised tokens, in order."""
    folded = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    return [match.group().rstrip(".,;:!?)")[:LONGEST_TOKEN] for match in _TOKEN.finditer(folded)]


def document_tokens(title: str, text: str) -> str:
    """The searchable tokens of a post, joined by single spaces."""
    return " ".join([*tokens(title), BARRIER, *tokens(text)] if title else tokens(text))
