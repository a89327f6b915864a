"""How telling one receiver went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """Messages of one pass to one receiver. problem: the last failure, or why nothing was tried at all."""

    target: str
    told: int = 0
    failed: int = 0
    dead: int = 0
    problem: str = ""

    def __add__(self, more: Told) -> Told:
        """The same receiver, a little later."""
        return Told(
            self.target,
            self.told + more.told,
            self.failed + more.failed,
            self.dead + more.dead,
            more.problem or self.problem,
        )
