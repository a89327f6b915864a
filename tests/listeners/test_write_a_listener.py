"""docs/write-a-listener.md is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from listeners.http import Answer
from listeners.listener import Budget, Gone, Listener, ListenError, Malformed, Refused, Retry

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "write-a-listener.md"


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """What the page's Python defines, run block after block; its last block crashes a listener."""
    names: dict[str, Any] = {"__name__": "write_a_listener"}
    text = PAGE.read_text(encoding="utf-8")
    for block in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S):
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block.group(1), str(PAGE), "exec", dont_inherit=True), names)
    return names


def test_the_page_runs(page: dict[str, Any]) -> None:
    """Its listener keeps the contract, and its own assertion holds."""
    world = page["CorkboardWorld"]()
    try:
        ear = world.listener()
        assert isinstance(ear, Listener)
        for _ in range(2):
            world.grow()
        batches = list(ear.poll({}, Budget()))
        assert [post.text for batch in batches for post in batch.posts] == [f"note {n}" for n in range(1, 5)]
        assert [len(batch.posts) for batch in batches] == [3, 1, 0]
    finally:
        world.close()


def test_its_yaml_is_read_by_its_model(page: dict[str, Any]) -> None:
    """What the page tells people to write is what the model takes."""
    block = re.search(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert block is not None
    (written,) = yaml.safe_load(block.group(1))
    assert page["CorkboardSource"].model_validate(written).boards == ("broadband",)


def test_its_reader_sets_broken_notes_aside(page: dict[str, Any]) -> None:
    """As the page says."""
    good = {"id": 1, "text": "x", "by": "ann", "pinned": "2026-11-20T12:00:00Z"}
    posts, aside = page["read_notes"]([good, {"id": 2}, {**good, "pinned": "soon"}], "b")
    assert (len(posts), len(aside)) == (1, 2)


class StubbornDoor:
    """A door behind which everybody answers the same."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = Answer(status, "https://corkboard.example/", {}, body, "https://corkboard.example/")

    def fetch(self, url: str) -> Answer:
        """The one answer."""
        return self.answer


@pytest.mark.parametrize(("status", "error"), [(200, Malformed), (403, Refused), (410, Gone), (500, Retry)])
def test_its_failures_are_ours(page: dict[str, Any], status: int, error: type[ListenError]) -> None:
    """What is no JSON, and every status that brings nothing."""
    config = page["CorkboardSource"](kind="corkboard", name="c", boards=("b",))
    ear = page["CorkboardListener"](config, "b", StubbornDoor(status, b"<html>"))
    with pytest.raises(error):
        list(ear.poll({}, Budget()))


def test_every_file_the_page_names_is_there() -> None:
    """A renamed file must not leave its old name in the page."""
    named = set(re.findall(r"`((?:listeners|tests|config)/[\w./]+\.\w+)`", PAGE.read_text(encoding="utf-8")))
    assert named
    assert [name for name in sorted(named) if not (PAGE.parent.parent / name).exists()] == []
