"""How a pass says how far it is, to whoever shows it."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["listen", "understand", "route", "index"]


class Progress(Protocol):
    """Told after every step of a stage: how many are done in this pass, and of what, in a few words."""

    def __call__(self, stage: Stage, done: int, what: str) -> None:
        """Show it."""
        ...
