"""The complaint model: what it says, why it says so, and what it does with nonsense."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import spacy

from nlp.complaints import ComplaintModel
from nlp.features import read
from nlp.mention import Severity
from nlp.weights import BadWeights
from nlp.words import cut

COMPLAINT = "@LarkspurHelp three days without internet and still nobody answers, this is a joke"
QUESTION = "@LarkspurHelp hi, which channels come with the TV bundle?"


@pytest.fixture(scope="module")
def model() -> ComplaintModel:
    """The shipped weights."""
    return ComplaintModel.load()


def test_a_complaint_is_told_from_a_question(model: ComplaintModel) -> None:
    """A plain complaint is far likelier than a plain question."""
    complaint, question = model.predict([COMPLAINT, QUESTION])
    assert complaint.probability > 0.8
    assert question.probability < 0.3


def test_severity_is_none_exactly_under_the_operating_point(model: ComplaintModel) -> None:
    """A level goes with being called a complaint, and only with that."""
    for verdict in model.predict([COMPLAINT, QUESTION, "I love it", "broken again", "ok", ""]):
        assert (verdict.severity is Severity.NONE) == (verdict.probability < model.threshold)
        assert sum(verdict.severity_scores) == pytest.approx(1, abs=1e-6)


def test_removing_a_word_of_the_evidence_lowers_the_probability(model: ComplaintModel) -> None:
    """Evidence is what the model itself was moved by."""
    whole = model.predict([COMPLAINT])[0]
    assert whole.evidence
    for mark in whole.evidence:
        without = COMPLAINT[: mark.start] + " " + COMPLAINT[mark.end :]
        assert model.predict([without])[0].probability < whole.probability
        assert mark.weight > 0


def test_a_judgement_does_not_depend_on_its_neighbours(model: ComplaintModel) -> None:
    """One post alone is judged as in a batch, and twice alike."""
    together = model.predict([QUESTION, COMPLAINT, COMPLAINT])
    assert together[1] == together[2] == model.predict([COMPLAINT])[0]


def test_contexts_must_match_the_texts(model: ComplaintModel) -> None:
    """A list of parents of another length is a mistake of the caller."""
    with pytest.raises(ValueError, match="2 texts but 1 contexts"):
        model.predict(["a", "b"], [None])


def test_the_component_says_what_the_model_says(model: ComplaintModel) -> None:
    """In a spaCy pipeline, one by one or streamed, the figures are the model's."""
    nlp = spacy.blank("en")
    nlp.add_pipe("complaints")
    verdict = model.predict([COMPLAINT])[0]
    for doc in (nlp(COMPLAINT), next(iter(nlp.pipe([COMPLAINT])))):
        assert doc._.complaint == verdict.probability
        assert tuple(doc._.severity_scores) == verdict.severity_scores
        assert doc._.complaint_evidence == verdict.evidence


@pytest.mark.parametrize(
    "text",
    [
        COMPLAINT,
        "not happy, not at all happy: why is it still NOT working after 3 days ???",
        "thanks for nothing but the worst worst worst service @LarkspurHelp :( :(",
        "broken",
        "it broke again but good good people, sooooo late 9 hrs http://t.co/x",
    ],
)
def test_a_words_weight_is_what_the_post_loses_without_it(model: ComplaintModel, text: str) -> None:
    """Worked out from what comes and goes with the word, it equals reading the post again without it."""
    words, _ = cut(text)
    whole = model.stage.complaint(read(words))
    moved = model.why.moved_by(read(words))
    assert moved
    for at, drop in moved:
        assert drop == pytest.approx(
            whole - model.stage.complaint(read(words[:at] + words[at + 1 :])), abs=2e-4
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x00",
        "\ud800 lone \udfff surrogates",
        "😡" * 50_000,
        "a" * 200_000,
        "broken " * 30_000,
        "\u202e\u202d\u2066" * 20_000 + "refund me",
        "@" * 100_000,
        ":(" * 100_000,
        "n't" * 70_000,
        "https://" + "a/" * 100_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_nonsense_is_judged_in_bounded_time(model: ComplaintModel, text: str) -> None:
    """Whatever comes in, a probability comes out, soon."""
    started = time.process_time()
    verdict = model.predict([text])[0]
    assert time.process_time() - started < 2
    assert 0 <= verdict.probability <= 1
    assert all(0 <= mark.start < mark.end <= len(text) for mark in verdict.evidence)


def test_missing_weights_tell_the_mend(tmp_path: Path) -> None:
    """Without weights the message says how to get them."""
    with pytest.raises(BadWeights, match="make train"):
        ComplaintModel.load(tmp_path)


def test_broken_weights_tell_the_file(tmp_path: Path) -> None:
    """A damaged file is named, not loaded."""
    (tmp_path / "complaints.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(BadWeights, match=r"complaints\.npz is not a weights file"):
        ComplaintModel.load(tmp_path)
