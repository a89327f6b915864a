"""Words without the endings English gives them: for finding texts about the same, never for search."""

from __future__ import annotations

import re

from earnest.search.tokens import tokens

_ENDINGS = re.compile(r"(?<=\w{3})(?:ing|edly|ed|es|ly|s|e)$")


def stems(text: str) -> list[str]:
    """The words of `text`, without the endings English gives them and without the very short."""
    return [_ENDINGS.sub("", word) for word in tokens(text) if len(word) > 2 and word not in _ORDINARY]


_COMMON = """
the and for that this with you your our are was were have has had not but they them from will would can
could should what when where which who why how all any been being did does doing don just more most much
now only out over own same she her him his its than then there these those through too under until very
get got one two about after again before because into off once some such yet still also
"""
_ORDINARY = frozenset(_COMMON.split())
