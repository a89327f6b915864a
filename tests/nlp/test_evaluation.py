"""Reading labelled posts, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_fscore_support, roc_auc_score

from nlp.calibration import calibration_error, fit_scale, operating_point, sigmoid
from nlp.complaints import Verdict
from nlp.evaluation import area, evaluate_file, scores
from nlp.labelled import BadFile, read_labelled
from nlp.mention import Severity


@dataclass
class FakeModel:
    """Says complaint where a text holds "bad"; its level is the number of "!"."""

    threshold: float = 0.2

    def predict(self, texts: list[str], contexts: None = None) -> list[Verdict]:
        """One verdict per text."""
        made = []
        for text in texts:
            shares = [0.0] * 4
            shares[max(0, min(3, text.count("!") - 1))] = 1.0
            made.append(Verdict(0.9 if "bad" in text else 0.1, Severity.NONE, (), tuple(shares)))
        return made


def _file(folder: Path, text: str) -> Path:
    path = folder / "labelled.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_keys_of_an_evaluation(tmp_path: Path) -> None:
    """Programs read these keys; severity and domains are there because the file has them."""
    rows = "tweet,label,severity,domain\nbad!,1,1,food\nbad!!,1,2,food\nfine,0,0,cars\nodd,1,3,cars\n"
    found = evaluate_file(_file(tmp_path, rows), FakeModel())
    assert {"n", "macro_f1", "precision", "recall", "f1", "auc", "posts_per_second"} <= found.keys()
    assert {
        "severity_macro_f1",
        "by_domain",
        "at_operating_point",
        "ece",
        "confusion",
        "per_class",
    } <= found.keys()
    assert found["n"] == 4
    assert found["confusion"] == {
        "true_positive": 2,
        "false_positive": 0,
        "false_negative": 1,
        "true_negative": 1,
    }
    assert found["by_domain"]["food"]["recall"] == 1.0


def test_a_file_without_severity_or_domain_has_no_such_figures(tmp_path: Path) -> None:
    """Nothing is made up for columns that are not there."""
    found = evaluate_file(_file(tmp_path, "tweet,label\nbad,1\nfine,0\n"), FakeModel())
    assert not {"severity_macro_f1", "by_domain"} & found.keys()
    assert found["macro_f1"] == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no column 'tweet'"),
        ("tweet,text\na,b\n", "line 1: no column 'label'"),
        ("tweet,label\n", "no rows"),
        ("tweet,label\nfine,0\nbad,yes\n", "line 3, column 'label': 'yes' is neither"),
        ("tweet,label\nfine\n", "line 2, column 'label': the row ends"),
        ("tweet,label,severity\nbad,1,7\n", "line 2, column 'severity': '7' is not one"),
        ("tweet,label,severity\nbad,0,2\n", "line 2, column 'severity': 2 does not go with label 0"),
        ("tweet,label\na, b,1\n", "line 2: more fields"),
        ('tweet,label\n"open,1\n', "not CSV"),
    ],
)
def test_a_bad_file_is_told_with_its_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    """The place and what is wrong there."""
    with pytest.raises(BadFile, match=message):
        read_labelled(_file(tmp_path, text))


def test_a_missing_file_a_folder_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    """What cannot be opened or decoded is named."""
    with pytest.raises(BadFile, match="no such file"):
        read_labelled(tmp_path / "none.csv")
    with pytest.raises(BadFile, match="is a folder"):
        read_labelled(tmp_path)
    (tmp_path / "x.csv").write_bytes(b"tweet,label\n\xff\xfe,1\n")
    with pytest.raises(BadFile, match="not UTF-8"):
        read_labelled(tmp_path / "x.csv")


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_figures_agree_with_a_known_library(rows: list[tuple[bool, int]]) -> None:
    """Precision, recall, F1, macro-F1 and AUC as scikit-learn has them."""
    truth = np.array([label for label, _ in rows])
    p = np.array([value / 20 for _, value in rows])
    said = p >= 0.5
    found = scores(truth, said)
    expected = precision_recall_fscore_support(truth, said, average="binary", zero_division=0)
    assert [found["precision"], found["recall"], found["f1"]] == pytest.approx(expected[:3], abs=1e-4)
    macro = f1_score(truth, said, average="macro", labels=[False, True], zero_division=0)
    assert found["macro_f1"] == pytest.approx(macro, abs=1e-4)
    if truth.any() and not truth.all():
        assert area(p, truth) == pytest.approx(roc_auc_score(truth, p), abs=1e-4)
    else:
        assert area(p, truth) is None


def test_scaling_mends_scores_that_are_too_sure() -> None:
    """Scores three times too large come back to their true log-odds."""
    random = np.random.default_rng(1)
    true = random.normal(0, 2, 4000)
    labels = random.random(4000) < sigmoid(true)
    scale = fit_scale(3 * true, labels)
    assert scale.slope == pytest.approx(1 / 3, abs=0.03)
    assert (
        calibration_error(sigmoid(scale(3 * true)), labels)
        < 0.03
        < calibration_error(sigmoid(3 * true), labels)
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1), st.floats(0.5, 1))
def test_the_operating_point_finds_what_it_promises(rows: list[tuple[bool, float]], recall: float) -> None:
    """At the operating point at least that share of the complaints is found."""
    truth = np.array([label for label, _ in rows])
    p = np.array([value for _, value in rows])
    if truth.any():
        point = operating_point(p, truth, recall)
        assert (p[truth] >= point).mean() >= recall - 1e-9
