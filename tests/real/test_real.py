"""All of the recorded posts go the whole way, and every item is accounted for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.listeners.feed_site import site

HERE = Path(__file__).parent


def earnest(*args: str | Path) -> Any:
    """Run a command with --json; give what it printed."""
    program = Path(sys.executable).parent / "earnest"
    done = subprocess.run(
        [program, *args, "--json"], capture_output=True, text=True, timeout=280, check=False
    )
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The recorded posts' brands under the rules that we ship; judged in the quickest mode, as what is
    tried here is the accounts.
    """
    folder = shutil.copytree(HERE / "config", tmp_path / "config")
    shutil.copy(HERE.parents[1] / "config" / "routing.yaml", folder)
    with (folder / "desk.yaml").open("a", encoding="utf-8") as desk:
        desk.write("model: fast\n")
    return folder


@pytest.mark.timeout(300)
def test_every_archive_is_accounted_for(shared_data: Path, config: Path) -> None:
    """Items in = stored + revised + known + context-free others + deletions + set aside, file by file."""
    files = [*sorted((shared_data / "x").iterdir()), *sorted((shared_data / "reddit").iterdir())]
    answer = earnest("import", *files, shared_data / "brand-support" / "twcs.csv", "-c", config, "--any-age")
    assert answer["failed"] == {}
    for row in answer["files"]:
        kept = row["stored"] + row["revised"] + row["known"] + row["deletions"] + row["others"]
        assert row["items"] == kept + sum(row["set_aside"].values()), row["path"]
    support = answer["files"][-1]
    assert support["mentions"] > 4000
    assert 500 < support["cases"] < support["complaints"]


@pytest.mark.timeout(200)
def test_every_feed_is_heard_or_says_why_not(shared_data: Path, config: Path) -> None:
    """A pass over all recorded feeds: each one brings posts or names what is wrong with it."""
    with site() as web:
        addresses = [
            web.put(f"/{path.name}", path.read_bytes(), Content_Type=_type(path))
            for path in sorted((shared_data / "feeds").iterdir())
        ]
        source = {"kind": "blogs", "name": "feeds", "allow": ["127.0.0.0/8"], "feeds": addresses}
        (config / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}))
        first = earnest("run", "-c", config)["pass"]
        again = earnest("run", "-c", config)["pass"]
    assert len(first["polls"]) == len(addresses)
    silent = [poll["query"] for poll in first["polls"] if not poll["intake"]["new"] and not poll["error"]]
    assert not silent
    assert again["routed"]["cases_opened"] == 0
    assert again["understood"] == 0


def _type(path: Path) -> str:
    return "application/json" if path.suffix == ".json" else "application/xml"
