"""Cells of files that spreadsheets open: text stays text, also where it looks like a formula."""

from __future__ import annotations

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: str | float) -> str | float:
    """A value as a cell: numbers as they are, text that a spreadsheet would run behind a quote."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULAS):
        return f"'{value}"
    return value
