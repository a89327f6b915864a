"""How the shipped weights were made. Needs the `dev` extra; nothing here is imported at run time."""

from pathlib import Path
from typing import Final

OWN_WORDS: Final = Path(__file__).parent / "own_words.csv"
"""Labelled posts written for this project: what the data set lacks (faces, thanks, the short, the polite)."""
