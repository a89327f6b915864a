"""The README's commands work as written, and what it points to is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.listeners.feed_site import site

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    [line.split(" #")[0].strip() for line in block.splitlines() if line.strip()]
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
]
COMMANDS = [line for block in BLOCKS for line in block]
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Hill people</title>
<item><guid>1</guid><title>No line</title><description>Larkspur broadband is down for the third day and nobody
answers the phone. Please help.</description><link>https://hill.example/1</link></item></channel></rss>"""


def earnest(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the README's `earnest` lines in `folder`, as a person's shell would."""
    program = str(Path(sys.executable).parent / "earnest")
    args = [program, *shlex.split(command)[1:]]
    keyless = {k: v for k, v in os.environ.items() if not k.startswith(("X_", "REDDIT_", "EARNEST_"))}
    return subprocess.run(
        args, cwd=folder, env=keyless, capture_output=True, text=True, timeout=100, check=False
    )


def test_its_make_targets_exist() -> None:
    """Every `make` line names a target of the Makefile."""
    targets = [shlex.split(line)[1] for line in COMMANDS if line.startswith("make ")]
    assert {"run", "test", "install"} <= set(targets)
    for target in targets:
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr


def test_five_steps_lead_to_cases(tmp_path: Path) -> None:
    """Init, try, check, doctor and run, as written, find a case in a feed that was put in."""
    steps = [line for line in COMMANDS if line.startswith("earnest ") and "serve" not in line]
    assert [shlex.split(line)[1] for line in steps] == ["config", "try", "config", "doctor", "run"]
    with site() as blog:
        address = blog.put("/feed.xml", FEED, Content_Type="application/rss+xml")
        for step in steps:
            done = earnest(step, tmp_path)
            assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
            if step.startswith("earnest config init"):
                (tmp_path / "my-brand" / "sources.yaml").write_text(
                    f"sources:\n  - kind: blogs\n    name: blogs\n    allow: [127.0.0.0/8]\n"
                    f"    feeds: ['{address}']\n"
                )
    assert earnest("earnest search broadband -c my-brand --json", tmp_path).stdout.count('"post_id"') == 1


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_its_links_lead_somewhere(target: str) -> None:
    """Every relative link is a file of the project."""
    assert (ROOT / target).is_file()


def test_its_commands_table_is_complete() -> None:
    """Every command the README names is one of the program's."""
    done = earnest("earnest --help", ROOT)
    for name in set(re.findall(r"`earnest ([a-z]+)", README)):
        assert re.search(rf"^  {name}\b", done.stdout, flags=re.MULTILINE), name
