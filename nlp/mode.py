"""How much work is spent on judging a post."""

from __future__ import annotations

from typing import Final, Literal, get_args

Mode = Literal["fast", "balanced", "thorough"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
DEFAULT: Final[Mode] = "thorough"
"""A responder's minute is dearer than a processor's: `nlp/model/MODEL_CARD.md` says what each mode misses."""
