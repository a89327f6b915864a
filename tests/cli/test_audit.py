"""`earnest audit`: a sample is drawn, read, and says how much was missed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from earnest.cli import app
from earnest.ledger import Ledger
from earnest.ledger.judgements import said
from earnest.ledger.samples import answer, items, sample
from tests.cli.terminal import Terminal
from tests.ledger.world import hear, post, route, understand
from tests.new_ledger import new_ledger

RECENT = datetime.now(UTC) - timedelta(hours=5)


@pytest.fixture
def ledger(terminal: Terminal) -> Iterator[Ledger]:
    """Sixty complaints in cases, sixty thanks that were dismissed, eighty posts that name nobody."""
    terminal.config()
    with Ledger.open(new_ledger(terminal.folder / "var" / "earnest.db")) as opened:
        texts = ("larkspur {} is down", "thanks larkspur for {}", "my line {} is dead")
        counts = (60, 60, 80)
        posts = [
            post(f"{kind}-{at}", text.format(at), f"p{kind}{at}", created_at=RECENT)
            for kind, (text, count) in enumerate(zip(texts, counts, strict=True))
            for at in range(count)
        ]
        hear(opened, *posts)
        understand(opened)
        route(opened)
        yield opened


def test_a_sample_has_some_of_everything(terminal: Terminal, ledger: Ledger) -> None:
    """Of each stratum as many as it takes, and the numbers of all of it."""
    told = json.loads(terminal("audit", "draw", "--size", "50", "--seed", "1", "--json").out)
    there = {one["name"]: (one["population"], one["drawn"]) for one in told["strata"]}
    assert {name: count for name, (count, _) in there.items()} == {
        "brought": 60,
        "near": 60,
        "unmentioned": 80,
    }
    assert sum(drawn for _, drawn in there.values()) == told["open"] == 50
    again = json.loads(terminal("audit", "draw", "--size", "50", "--seed", "1", "--json").out)
    first, second = (items(ledger.database, one["sample"]) for one in (told, again))
    assert [one.post.id for one in first] == [one.post.id for one in second]


def test_a_table_that_was_filled_in_says_what_was_missed(terminal: Terminal, ledger: Ledger) -> None:
    """A whole reading leaves no doubt: eighty of a hundred and forty complaints were missed."""
    terminal("audit", "draw", "--size", "200")
    assert "200 posts" in terminal("audit", "write", "sample.csv").err
    with Path("sample.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        row["answer"] = "n" if row["text"].startswith("thanks") else "yes"
    with Path("sample.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    assert "200 answers" in terminal("audit", "take", "sample.csv").err
    told = json.loads(terminal("audit", "estimate", "--json").out)
    assert told["missed"] == {"value": 80, "low": 80, "high": 80}
    assert told["recall"]["value"] == pytest.approx(60 / 140, abs=1e-3)
    out = terminal("audit", "estimate").out
    assert "missed complaints  80 (80 to 80)" in out
    assert "recall             43%" in out


def test_a_wrong_answer_is_told_with_its_line_and_nothing_is_taken(
    terminal: Terminal, ledger: Ledger
) -> None:
    """All or nothing."""
    terminal("audit", "draw", "--size", "20")
    Path("sample.csv").write_text("place,answer\n1,yes\n2,perhaps\n", encoding="utf-8")
    ended = terminal("audit", "take", "sample.csv")
    assert ended.code == 2
    assert "line 3, column 'answer': 'perhaps'" in ended.err
    view = sample(ledger.database)
    assert view is not None
    assert view.open == 20


def test_reading_in_the_terminal_can_be_stopped_and_gone_on_with(terminal: Terminal, ledger: Ledger) -> None:
    """A slip is taken back; a stranger's key is asked again; the model's opinion is not shown."""
    terminal("audit", "draw", "--size", "10", "--seed", "3")
    runner = CliRunner()
    ended = runner.invoke(app, ["audit", "read"], input="c\nb\nn\nwhat\nu\nq\n")
    assert ended.exit_code == 0
    assert "1 of 10" in ended.stdout
    assert "0.87" not in ended.stdout
    view = sample(ledger.database)
    assert view is not None
    assert (view.open, sum(one.none for one in view.strata), sum(one.unsure for one in view.strata)) == (
        8,
        1,
        1,
    )
    assert "3 of 10" in runner.invoke(app, ["audit", "read"], input="q\n").stdout
    assert "8 posts are not read yet" in terminal("audit", "estimate").err


def test_answers_teach_and_what_is_erased_leaves_the_sample(terminal: Terminal, ledger: Ledger) -> None:
    """An answer is a label, but not "none" of a post that names nobody: it may be about others.

    A person who is forgotten is in no sample any more.
    """
    terminal("audit", "draw", "--size", "10", "--seed", "3")
    view = sample(ledger.database)
    assert view is not None
    drawn = items(ledger.database, view.id)
    answer(ledger.database, view.id, {one.place: "none" for one in drawn}, who="Priya")
    learnt = list(said(ledger.database))
    assert 0 < len(learnt) == sum(bool(one.brand) for one in drawn) < 10
    named, unnamed = (next(one.place for one in drawn if bool(one.brand) is which) for which in (True, False))
    answer(ledger.database, view.id, {unnamed: "complaint", named: ""}, who="Priya")
    assert sum(one.what == "complaint" for one in said(ledger.database)) == 1
    for one in items(ledger.database, view.id):
        assert one.post.author is not None
        ledger.forget("x", one.post.author.id)
    assert items(ledger.database, view.id) == []
    assert list(said(ledger.database)) == []
    after = sample(ledger.database)
    assert after is not None
    assert after.open == 0
    assert sum(one.gone for one in after.strata) == 1


def test_without_anything_to_draw_from_the_mend_is_told(terminal: Terminal) -> None:
    """Neither a sample nor an estimate is made up."""
    terminal.config()
    ended = terminal("audit", "draw")
    assert ended.code == 1
    assert "earnest run" in ended.err
    assert "earnest audit draw" in terminal("audit", "estimate").err
