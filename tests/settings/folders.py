"""Configuration folders for tests: whole ones, and ones with a single file replaced."""

from __future__ import annotations

from pathlib import Path

from earnest.settings import ConfigError, Problem, load

SOURCES = "sources:\n  - kind: x\n    name: x\n"
BRANDS = "brands:\n  - name: Larkspur\n    handles: [Larkspur, LarkspurHelp]\n"
ROUTING = "age_guard: 7d\n"


def write(folder: Path, **files: str) -> Path:
    """A folder that is fine, but for the files given."""
    for name, text in {"sources.yaml": SOURCES, "brands.yaml": BRANDS, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> tuple[Problem, ...]:
    """What is wrong with a folder; () where nothing is."""
    try:
        load(folder, environment={})
    except ConfigError as error:
        return error.problems
    return ()
