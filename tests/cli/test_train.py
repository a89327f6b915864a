"""`earnest labels` and `earnest train`: what people said becomes a model, never a worse one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest import own_model
from earnest.ledger import Ledger
from earnest.preview import analyzer_of
from earnest.settings import load
from nlp.labelled import read_labelled
from nlp.pipeline import Analyzer
from nlp.training import OWN_WORDS
from tests.cli.terminal import Terminal
from tests.ledger.world import hear, post, understand
from tests.new_ledger import new_ledger

THINGS = ("hub", "box", "cable", "line", "app", "bill", "remote", "router", "channel", "guide", "plug")
PRAISE = "#hubparty giveaway, larkspur prize, tell a friend about the {}"
COMPLAINT = "larkspur {} dead once more, nobody picks up"


@pytest.fixture
def ledger(terminal: Terminal) -> Iterator[Ledger]:
    """A ledger with twenty-two cheers that were dismissed and as many complaints brought back."""
    terminal.config(desk="model: fast\n")
    with Ledger.open(new_ledger(terminal.folder / "var" / "earnest.db")) as opened:
        posts = [
            post(f"{kind}{at}", text.format(f"{thing} {at}"))
            for at, thing in enumerate((*THINGS, *THINGS))
            for kind, text in (("praise", PRAISE), ("complaint", COMPLAINT))
        ]
        hear(opened, *posts)
        understand(opened)
        for one in posts:
            opened.label("x", one.id, "Larkspur", label=one.id.rstrip("0123456789"), who="Priya")
        yield opened


def test_labels_are_counted_by_what_was_said_and_by_model(terminal: Terminal, ledger: Ledger) -> None:
    """How many teach, which version judged them, and a version of their own."""
    ledger.label("x", "praise0", "Larkspur", label="topic:billing", who="Tom")
    ended = terminal("labels", "--json")
    found = json.loads(ended.out)
    assert (found["labels"], found["complaints"], found["no_complaints"]) == (44, 22, 22)
    assert found["models"] == {"words": 44}
    assert found["topics"] == 1
    assert "44 labels" in terminal("labels").out


def test_an_exported_file_is_what_evaluate_and_train_read(terminal: Terminal, ledger: Ledger) -> None:
    """CSV for models, JSON lines for everything; the same labels have the same version."""
    told = terminal("labels", "export", "labels.csv").err
    assert len(read_labelled(terminal.folder / "labels.csv")) == 44
    assert (terminal.folder / "labels.csv").stat().st_mode & 0o077 == 0
    ledger.label("x", "praise0", "Larkspur", label="solved", who="Tom")  # tells nothing of the words
    assert "43 of 44" in terminal("labels", "export", "labels.csv").err
    terminal("labels", "export", "labels.jsonl")
    head, *rows = (terminal.folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == json.loads(head)["labels"] == 44
    assert json.loads(head)["version"] not in told


def test_what_was_erased_never_leaves_and_teaches_nothing(terminal: Terminal, ledger: Ledger) -> None:
    """Neither from the ledger, nor from a file that was handed out before."""
    terminal("labels", "export", "labels.csv")
    ledger.forget("x", "id-joe")
    assert json.loads(terminal("labels", "--json").out)["labels"] == 0
    ended = terminal("train", "--labels", "labels.csv")
    assert ended.code == 1
    assert "0 labelled posts" in ended.err
    with (terminal.folder / "labels.csv").open(encoding="utf-8") as lines:
        assert len(list(csv.DictReader(lines))) == 44


def test_a_model_that_learnt_is_compared_used_and_left_again(terminal: Terminal, ledger: Ledger) -> None:
    """Dry run writes nothing; then the pipeline judges by the new model; then by the shipped one again."""
    settings = load(Path("config"))
    shipped = Analyzer(settings.brands, mode="fast").version
    ended = terminal("train", "--dry-run")
    assert ended.code == 0, ended.err
    assert "recall at the operating point" in ended.out
    assert own_model.current(settings.data_dir) is None
    ended = terminal("train", "--json")
    told = json.loads(ended.out)
    figures = told["comparisons"]["your labels"]["log_loss"]
    assert figures["new"]["value"] < figures["old"]["value"]
    assert figures["difference"]["interval"][1] < 0
    assert analyzer_of(settings).version != shipped
    own = own_model.current(settings.data_dir)
    assert own is not None
    assert own.version == told["in_use"]
    assert own.about["learnt_from"]["desk"] == 44
    assert "shipped model is in use again" in terminal("train", "--back").out
    assert analyzer_of(settings).version == shipped
    assert terminal("train", "--back").code == 1


def test_a_model_that_unlearns_is_refused(terminal: Terminal) -> None:
    """Labels that turn everything round make a worse model; the old one stays, and both are shown."""
    terminal.config(desk="model: fast\n")
    turned = [post for post in read_labelled(OWN_WORDS) if len(post.text) > 30]
    with Path("turned.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(
            [("tweet", "label"), *((f"{post.text} !", int(not post.complaint)) for post in turned)]
        )
    ended = terminal("train", "--no-desk", "--labels", "turned.csv")
    assert ended.code == 1
    assert "worse: on our own words macro-F1 falls" in ended.err
    assert "on our own words: 156 posts" in ended.out
    assert own_model.current(load(Path("config")).data_dir) is None


def test_too_few_labels_are_told(terminal: Terminal) -> None:
    """How many there are, and how many are needed."""
    terminal.config()
    ended = terminal("train")
    assert ended.code == 1
    assert "40 are needed" in ended.err
    assert ended.clear


def test_an_own_model_of_another_release_is_left_aside(terminal: Terminal, ledger: Ledger) -> None:
    """It stands on weights that are not installed any more."""
    settings = load(Path("config"))
    made = own_model.put_in_use(
        settings.data_dir, lambda folder: (folder / "complaints.npz").write_bytes(b"x") and None, {}
    )
    assert own_model.in_use(settings) == made.folder
    assert f"{made.version} of" in terminal("doctor").out
    about = made.folder / "about.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"stands_on": "old"}), encoding="utf-8")
    assert own_model.in_use(settings) is None
    assert "stands on other shipped weights" in terminal("doctor").out
