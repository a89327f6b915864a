"""Training on labels: seeded, compared, and never for the worse."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from nlp import cascade, weights
from nlp.complaints import ComplaintModel
from nlp.evaluation import Guess
from nlp.labelled import Labelled, read_labelled
from nlp.mention import Severity
from nlp.training import OWN_WORDS, compare, folds, words
from nlp.training.__main__ import main

BAD = ("is broken again", "never came", "still not working", "is a joke", "took my money twice")
GOOD = ("is lovely", "works great thanks", "how do I pay", "opens at nine", "has a new colour")


def _posts() -> list[Labelled]:
    made = []
    for number in range(12):
        for at, (bad, good) in enumerate(zip(BAD, GOOD, strict=True)):
            made.append(
                Labelled(f"@Shop the hub {number} {bad}", True, Severity(1 + at % 4), f"d{number % 3}")
            )
            made.append(Labelled(f"@Shop the hub {number} {good}", False, Severity.NONE, f"d{number % 3}"))
    return made


def _file(folder: Path, posts: list[Labelled]) -> Path:
    lines = [f'"{post.text}",{int(post.complaint)},{int(post.severity or 0)}' for post in posts]
    path = folder / "labels.csv"
    path.write_text("tweet,label,severity\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_stage_scores_as_it_was_trained(tmp_path: Path) -> None:
    """Scoring a post at run time gives what the training matrix gives."""
    posts = _posts()
    columns = words.Columns.of([post.text for post in posts])
    made = words.fit(columns, posts, np.arange(len(posts)))
    weights.save(made, tmp_path / weights.FILE)
    model = ComplaintModel.load(tmp_path)
    trained = words.score(made, columns, np.arange(len(posts)))
    verdicts = model.predict([post.text for post in posts], why=False)
    expected = 1 / (1 + np.exp(-made.scale(trained[:, 0])))
    np.testing.assert_allclose([verdict.probability for verdict in verdicts], expected, atol=0.01)


def test_training_is_seeded(tmp_path: Path) -> None:
    """The same labels give the same bytes."""
    posts = _posts()
    columns = words.Columns.of([post.text for post in posts])
    for name in ("a.npz", "b.npz"):
        weights.save(words.fit(columns, posts, np.arange(len(posts))), tmp_path / name)
    assert weights.version(tmp_path / "a.npz") == weights.version(tmp_path / "b.npz")


def test_a_domain_left_out_is_never_trained_on() -> None:
    """No post of the held-out industry is among those learnt from; every post is held out once."""
    posts = [*_posts(), *(Labelled(f"random {n}", False, domain="random_tweet") for n in range(9))]
    held: list[int] = []
    for trained, out in folds.by_domain(posts):
        domains = {posts[at].domain for at in out} - {"random_tweet"}
        assert len(domains) == 1
        assert not domains & {posts[at].domain for at in trained}
        held += out.tolist()
    assert sorted(held) == list(range(len(posts)))


def test_a_worse_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong labels make a worse model; it does not replace the good one, and both are shown."""
    good, out = _file(tmp_path, _posts()), tmp_path / "model"
    options = ["--out", str(out), "--folds", "2", "--encoder", str(tmp_path / "none"), "--no-own-words"]
    assert main([str(good), *options]) == 0
    before = weights.version(out / weights.FILE)
    flipped = [
        Labelled(post.text, not post.complaint, Severity.NONE if post.complaint else Severity.BLAME)
        if at % 5 < 2
        else post
        for at, post in enumerate(_posts())
    ]
    (tmp_path / "noise").mkdir()
    noisy = _file(tmp_path / "noise", [*_posts(), *flipped])
    assert main([str(noisy), *options]) == 1
    told = capsys.readouterr().out
    assert "now" in told
    assert "macro_f1" in told
    assert "Refused" in told
    assert weights.version(out / weights.FILE) == before


def test_worse_is_by_more_than_the_slack(tmp_path: Path) -> None:
    """Guesses that are all wrong are worse; the same guesses again are not."""
    posts = _posts()
    columns = words.Columns.of([post.text for post in posts])
    weights.save(words.fit(columns, posts, np.arange(len(posts))), tmp_path / weights.FILE)
    right = [Guess(0.9 if post.complaint else 0.1, Severity.BLAME) for post in posts]
    wrong = [Guess(1 - guess.probability, guess.severity) for guess in right]
    compare.remember(tmp_path, posts, right)
    assert not compare.against(tmp_path, posts, right).worse
    verdict = compare.against(tmp_path, posts, wrong)
    assert verdict.worse
    assert "macro_f1" in verdict.told


def test_what_folds_said_is_remembered_in_both_ways(tmp_path: Path) -> None:
    """As of any post, and as of one that names a brand: each is compared with its like."""
    for name in (weights.FILE, cascade.FILE):
        shutil.copy(weights.SHIPPED / name, tmp_path)
    posts = _posts()
    guesses = [Guess(0.25, Severity.BLAME)] * len(posts)
    compare.remember(tmp_path, posts, guesses, as_mentions=[0.5] * len(posts))
    for of_mentions, said in ((False, 0.25), (True, 0.5)):
        model = ComplaintModel.load(tmp_path, mode="fast", of_mentions=of_mentions)
        assert set(compare.unseen(model, posts)) == {said}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and the place, nothing written."""
    path = tmp_path / "bad.csv"
    path.write_text("tweet,label\nx,maybe\n", encoding="utf-8")
    assert main([str(path), "--out", str(tmp_path / "model")]) == 2
    assert "line 2, column 'label'" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_our_own_words_are_not_the_hard_cases() -> None:
    """What the model learns from is not what it is examined by."""
    hard = (Path(__file__).parent / "hard_cases.csv").read_text(encoding="utf-8")
    assert not [post.text for post in read_labelled(OWN_WORDS) if post.text in hard]
