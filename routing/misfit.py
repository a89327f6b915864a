"""Errors of validation that know their place: keys that do not fit together, each with where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that fits nothing else. at: its place below the model. known: names it may have meant."""

    at: Place
    what: str
    known: tuple[str, ...] = ()


def misfit_error(misfits: Sequence[Misfit]) -> PydanticCustomError:
    """An error for a pydantic validator; whoever shows it finds the parts under ctx["misfits"]."""
    message = "; ".join(misfit.what for misfit in misfits)
    return PydanticCustomError("misfits", "{message}", {"message": message, "misfits": tuple(misfits)})
