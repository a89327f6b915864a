"""The command line as a person uses it: what was typed in, what came out, how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import pytest

from earnest.cli import main

PROJECT = Path(__file__).parents[2]
SECRET_NAMES = ("X_BEARER_TOKEN", "REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET", "REDDIT_USER_AGENT")


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def clear(self) -> bool:
        """Told in words: no traceback, no panel, no names of libraries' errors."""
        everything = self.out + self.err
        return not any(mark in everything for mark in ("Traceback", "╭", "pydantic", "sqlalchemy", "Error("))


class Terminal:
    """Runs commands in this process, in a folder of its own, without anybody's keys."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        """folder: the working directory, already entered."""
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str) -> Said:
        """One command to its end."""
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = self._capture.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    def config(self, **files: str) -> str:
        """A configuration folder that is fine, but for the files given (`brands` for brands.yaml)."""
        folder = self.folder / "config"
        folder.mkdir(exist_ok=True)
        fine = {
            "sources": "sources:\n  - kind: blogs\n    name: blogs\n    feeds: [https://blog.invalid/feed]\n",
            "brands": "brands:\n  - name: Larkspur\n    handles: [LarkspurHelp]\n",
        }
        for name, text in {**fine, **files}.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return str(folder)


def process(*arguments: str, folder: Path, environment: Mapping[str, str] | None = None) -> Said:
    """One command in a process of its own, for what cannot be seen from inside."""
    ended = run(
        [sys.executable, "-m", "earnest", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)
