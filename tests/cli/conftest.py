"""A terminal for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import SECRET_NAMES, Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal in an empty folder, without keys in the environment."""
    monkeypatch.chdir(tmp_path)
    # COLUMNS: some test runners set it for their own output.
    for name in (*SECRET_NAMES, "EARNEST_CONFIG", "EARNEST_DATABASE", "EARNEST_ELASTICSEARCH", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(tmp_path, capsys)
