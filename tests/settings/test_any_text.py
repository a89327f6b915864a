"""Whatever stands in the files: a configuration or a ConfigError, never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.settings import FILES
from earnest.yaml_lines import read
from tests.settings.folders import problems

STARTER = Path(__file__).parents[2] / "config"
TEXTS = {name: (STARTER / name).read_text(encoding="utf-8") for name in FILES if (STARTER / name).exists()}
CHARACTERS = st.sampled_from(
    [*":-[]{}#'\"&*!|>%@`,\t\n 0aé\u2028\x00", "  ", "- ", ": ", "null", "<<: *a", "---\n"]
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """A file of the starter with a few characters put in, taken out or replaced."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 3, 40])))
        text = text[:start] + draw(CHARACTERS | st.just("")) + text[end:]
    return name, text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every example writes anew."""
    return tmp_path_factory.mktemp("damaged")


@settings(max_examples=60, deadline=None)
@given(damaged())
def test_damaged_files_are_told_never_thrown(folder: Path, damage: tuple[str, str]) -> None:
    """Every problem has a file and words; lines lie within the file."""
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    name, text = damage
    (folder / name).write_bytes(text.encode())
    for problem in problems(folder):
        lines = (folder / problem.file.name).read_text(encoding="utf-8").splitlines()
        assert problem.what
        assert 0 <= problem.line <= len(lines) + 1


@given(st.text(max_size=200))
def test_any_text_is_read_or_told(text: str) -> None:
    """No text breaks the reading of YAML."""
    document = read(text)
    assert document.readable or document.flaws
