"""`earnest evaluate` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earnest.cli import app
from earnest.commands.common import Failure
from nlp.labelled import read_labelled
from nlp.training import OWN_WORDS

RUNNER = CliRunner()


def test_json_has_the_keys_that_programs_read(tmp_path: Path) -> None:
    """One value on stdout; the mode and whether the posts were seen are told."""
    path = tmp_path / "posts.csv"
    path.write_text(
        "tweet,label,severity,domain\n"
        "@Larkspur still no signal after nine days,1,2,telecom\n"
        "@Larkspur do you open on Sunday?,0,,telecom\n",
        encoding="utf-8",
    )
    ended = RUNNER.invoke(app, ["evaluate", str(path), "--json", "--mode", "fast"])
    assert ended.exit_code == 0
    found = json.loads(ended.stdout)
    keys = {"n", "macro_f1", "precision", "recall", "f1", "auc", "posts_per_second", "severity_macro_f1"}
    assert keys <= found.keys()
    assert {
        "by_domain",
        "at_operating_point",
        "ece",
        "confusion",
        "per_class",
        "at_recall_95",
    } <= found.keys()
    assert {"macro_f1", "auc", "ece", "at_operating_point.recall"} <= found["intervals"].keys()
    low, high = found["intervals"]["macro_f1"]
    assert low <= found["macro_f1"] <= high
    assert found["mode"] == "fast"
    assert found["seen_in_training"] == 0


def test_mentions_are_judged_as_a_pass_judges_them(tmp_path: Path) -> None:
    """Where every post names a brand, an unclear one is more likely a complaint; the line moves with it."""
    path = tmp_path / "posts.csv"
    path.write_text("tweet,label\n@Larkspur nine days,1\n@Larkspur lovely day,0\n", encoding="utf-8")
    points = []
    for options in ([], ["--mentions"]):
        ended = RUNNER.invoke(app, ["evaluate", str(path), "--json", "--mode", "fast", *options])
        found = json.loads(ended.stdout)
        points.append((found["how"].endswith("as mentions"), found["at_operating_point"]["threshold"]))
    assert [named for named, _ in points] == [False, True]
    assert points[0][1] < points[1][1]


def test_folds_judge_every_post_unseen() -> None:
    """Trained afresh on the file itself; the table says how."""
    ended = RUNNER.invoke(app, ["evaluate", str(OWN_WORDS), "--folds", "2", "--mode", "fast"])
    assert ended.exit_code == 0
    assert "2-fold cross-validation, fast" in ended.stdout


def test_an_industry_left_out_is_judged_unseen(tmp_path: Path) -> None:
    """Also where the encoder cannot be judged so: then words alone are, and it is said."""
    lines = [
        f'"{post.text}",{int(post.complaint)}' for post in read_labelled(OWN_WORDS) if '"' not in post.text
    ]
    path = tmp_path / "posts.csv"
    rows = [f"{line},{('telecom', 'travel', 'random')[at % 3]}" for at, line in enumerate(lines)]
    path.write_text("tweet,label,domain\n" + "\n".join(rows) + "\n", encoding="utf-8")
    ended = RUNNER.invoke(app, ["evaluate", str(path), "--by-domain", "--json", "--mode", "fast"])
    assert ended.exit_code == 0
    found = json.loads(ended.stdout)
    assert found["how"] == "leave one domain out, fast"
    assert {"telecom", "travel"} <= found["by_domain"].keys()


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("tweet,label\nfine,0\nbad,yes\n", [], "line 3, column 'label': 'yes'"),
        ("text,label\n", [], "line 1: no column 'tweet'"),
        ("tweet,label\na,1\nb,0\n", ["--folds", "5"], "too few posts of one label"),
        ("tweet,label,domain\na,1,x\nb,0,x\n", ["--by-domain"], "no two domains"),
        ("tweet,label\na,1\nb,0\n", ["--folds", "1"], "one fold leaves nothing"),
        ("tweet,label\na,1\nb,0\n", ["--mentions", "--folds", "5"], "--mentions is for weights"),
        ("tweet,label\na,1\nb,0\n", ["--mode", "slow"], "there is no mode 'slow'"),
    ],
)
def test_what_cannot_be_evaluated_is_told(tmp_path: Path, text: str, options: list[str], told: str) -> None:
    """The place and the mend, never a traceback."""
    path = tmp_path / "posts.csv"
    path.write_text(text, encoding="utf-8")
    ended = RUNNER.invoke(app, ["evaluate", str(path), *options])
    assert isinstance(ended.exception, Failure)
    assert told in ended.exception.what
    assert ended.exception.mend
