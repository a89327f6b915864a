"""Fixtures for every room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real material, which is not part of the project; skips where it is missing."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("EARNEST_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real material at {folder}; set EARNEST_SHARED_DATA to its folder")
    return folder
