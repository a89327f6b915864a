"""The cascade and its encoder: who is asked, and that neighbours change nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import cascade, weights
from nlp.calibration import Scale, log_odds, sigmoid
from nlp.cascade import Cascade, Named
from nlp.complaints import ComplaintModel
from nlp.encoder import FOLDER, OUTPUTS, Encoder
from nlp.features import read
from nlp.mode import MODES
from nlp.weights import SHIPPED, BadWeights
from nlp.wordpiece import LONGEST, WordPieces, tidy
from nlp.words import cut

POSTS = (
    "@LarkspurHelp third engineer in a month and the line still drops every evening",
    "which channels come with the bundle?",
    "Lovely to be passed around four departments before breakfast",
    "Works great, thank you!",
    "@LarkspurHelp it has been off since Sunday",
)
PLAN = Cascade(0.5, 0.5, 0.0, (-1.0, 0.5), {"fast": 0.1, "balanced": 0.2, "thorough": 0.3})


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """The shipped encoder."""
    return Encoder(SHIPPED / FOLDER)


@pytest.fixture(scope="module")
def models() -> dict[str, ComplaintModel]:
    """The shipped model in every mode."""
    return {mode: ComplaintModel.load(mode=mode) for mode in MODES}


def test_who_is_asked_depends_on_the_mode() -> None:
    """Nobody, the doubtful, everybody."""
    odds = [-3.0, -1.0, 0.0, 0.5, 0.6]
    assert PLAN.doubtful(odds, "fast").tolist() == [False] * 5
    assert PLAN.doubtful(odds, "balanced").tolist() == [False, True, True, True, False]
    assert PLAN.doubtful(odds, "thorough").tolist() == [True] * 5


def test_a_cascade_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """And a folder without one has none."""
    assert cascade.load(tmp_path) is None
    PLAN.save(tmp_path)
    assert cascade.load(tmp_path) == PLAN
    both = Named(0.4, (0.3,) * OUTPUTS, 0.1, (-1.0, 0.5), PLAN.thresholds)
    named = replace(PLAN, mentions={"fast": Scale(0.9, 0.5)}, named=both)
    named.save(tmp_path)
    assert cascade.load(tmp_path) == named


@pytest.mark.parametrize(
    "text", ["", "[]", '{"word": 1}', '{"word": 1, "encoder": 1, "offset": 0, "band": 3}']
)
def test_a_broken_cascade_is_named(tmp_path: Path, text: str) -> None:
    """The file and the mend, not a traceback from json."""
    (tmp_path / "cascade.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadWeights, match=r"cascade\.json is not a cascade"):
        cascade.load(tmp_path)


def test_an_unknown_mode_is_refused() -> None:
    """The message lists the modes there are."""
    with pytest.raises(ValueError, match="fast, balanced, thorough"):
        ComplaintModel.load(mode="quick")  # type: ignore[arg-type]


def test_the_encoder_says_the_same_alone_and_in_company(encoder: Encoder) -> None:
    """Scales are fixed, and only posts of one length run together."""
    together = encoder.score([*POSTS, *POSTS[::-1]])
    alone = np.concatenate([encoder.score([post]) for post in [*POSTS, *POSTS[::-1]]])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_fast_mode_never_loads_the_layers(models: dict[str, ComplaintModel]) -> None:
    """Words alone judge; the transformer stays on the disk."""
    fast = ComplaintModel.load(mode="fast")
    fast.predict(POSTS)
    assert fast.encoder is not None
    assert "_layers" not in fast.encoder.__dict__


def test_every_mode_has_a_version_of_its_own(models: dict[str, ComplaintModel]) -> None:
    """A judgement's version says which model and mode made it."""
    assert len({model.version for model in models.values()}) == 3


def test_among_mentions_words_have_weights_of_their_own(models: dict[str, ComplaintModel]) -> None:
    """In the place of those for any post; severity is told as before."""
    named, any_post = ComplaintModel.load(mode="fast", of_mentions=True), models["fast"]
    assert named.version != any_post.version
    own = any_post.stage.weights.mentions
    assert own is not None
    assert np.array_equal(named.stage.weights.table[:, 0], own.table)
    assert np.array_equal(named.stage.weights.table[:, 1:], any_post.stage.weights.table[:, 1:])
    for post, verdict in zip(POSTS, named.predict(POSTS), strict=True):
        expected = sigmoid(named.stage.complaint(read(cut(post)[0])))
        assert verdict.probability == pytest.approx(expected, abs=1e-4)


def test_weights_for_mentions_are_kept_in_the_file(models: dict[str, ComplaintModel], tmp_path: Path) -> None:
    """They come back as they were saved; a file without them judges mentions by the second scale."""
    made = models["fast"].stage.weights
    weights.save(made, tmp_path / "with.npz")
    again = weights.load(tmp_path / "with.npz").among_mentions()
    assert np.array_equal(again.table, made.among_mentions().table)
    assert again.scale == made.among_mentions().scale
    weights.save(replace(made, mentions=None), tmp_path / weights.FILE)
    replace(PLAN, mentions={"fast": Scale(1.0, 0.5)}).save(tmp_path)
    plain, told = (ComplaintModel.load(tmp_path, mode="fast", of_mentions=of) for of in (False, True))
    before, after = plain.predict(POSTS[:1])[0].probability, told.predict(POSTS[:1])[0].probability
    assert log_odds(after) - log_odds(before) == pytest.approx(0.5, abs=1e-3)


def test_among_mentions_all_that_the_encoder_says_counts() -> None:
    """One weight for each of its outputs, beside that of the words."""
    outputs = np.zeros((2, OUTPUTS))
    outputs[0, 0], outputs[1, 7] = 1.0, 2.0
    each = tuple(float(at) for at in range(OUTPUTS))
    named = Named(0.5, each, -1.0, PLAN.band, PLAN.thresholds)
    assert named.together([2.0, 2.0], outputs).tolist() == [0.0, 14.0]


def test_mentions_are_judged_by_the_mix_made_for_them(encoder: Encoder) -> None:
    """Where both stages have read a post; and without its evidence such a post is less a complaint."""
    model = ComplaintModel.load(mode="thorough", of_mentions=True)
    assert model.plan is not None
    assert model.plan.named is not None
    assert model.threshold == model.plan.named.thresholds["thorough"]
    words = [model.stage.complaint(read(cut(post)[0])) for post in POSTS]
    expected = sigmoid(model.plan.named.together(words, encoder.score(POSTS)))
    for post, chance, verdict in zip(POSTS, expected, model.predict(POSTS), strict=True):
        assert verdict.probability == pytest.approx(chance, abs=1e-4)
        without = post
        for mark in sorted(verdict.evidence, key=lambda one: -one.start):
            without = without[: mark.start] + " " + without[mark.end :]
        if verdict.evidence:
            assert model.predict([without])[0].probability < verdict.probability


@pytest.mark.parametrize("mode", MODES)
def test_without_all_its_evidence_a_post_is_less_a_complaint(
    models: dict[str, ComplaintModel], mode: str
) -> None:
    """Also where the encoder has spoken."""
    model = models[mode]
    for post, verdict in zip(POSTS, model.predict(POSTS), strict=True):
        without = post
        for mark in sorted(verdict.evidence, key=lambda one: -one.start):
            without = without[: mark.start] + " " + without[mark.end :]
        if verdict.evidence:
            assert model.predict([without])[0].probability < verdict.probability


def test_the_drop_of_a_word_is_that_of_scoring_without_it(models: dict[str, ComplaintModel]) -> None:
    """The short cut of `nlp.why` gives what reading the post again gives."""
    model = models["fast"]
    tried = 0
    for post in POSTS:
        words = cut(post)[0]
        whole = model.stage.complaint(read(words))
        for at, drop in model.why.moved_by(read(words)):
            without = model.stage.complaint(read([*words[:at], *words[at + 1 :]]))
            assert whole - without == pytest.approx(drop, abs=1e-4)
            tried += 1
    assert tried >= 5


def test_pieces_are_the_longest_that_fit() -> None:
    """Greedy from the left; a word with a part that no piece covers is unknown."""
    pieces = WordPieces(["[UNK]", "[CLS]", "[SEP]", "un", "##help", "##ful", "help", "!"])
    assert pieces("UNHELPFUL help!") == [1, 3, 4, 5, 6, 7, 2]
    assert pieces("helpx") == [1, 0, 2]


def test_faces_links_and_drawn_out_words_are_made_plain() -> None:
    """What the vocabulary lacks is told in what it knows."""
    assert tidy("Soooooo slow 😡 https://x.example/a?b &amp; #HubDown") == "Sooo slow  :(  http & #Hub Down"


@given(st.text(max_size=3000))
def test_any_text_becomes_a_bounded_row_of_pieces(text: str) -> None:
    """Nothing raises, nothing grows."""
    pieces = WordPieces(["[UNK]", "[CLS]", "[SEP]", "a", "##a"])
    row = pieces(text)
    assert row[0] == 1
    assert row[-1] == 2
    assert len(row) <= LONGEST


def test_a_missing_encoder_tells_the_mend(tmp_path: Path) -> None:
    """Which file, and what to do."""
    with pytest.raises((BadWeights, FileNotFoundError), match="take the files of this release"):
        Encoder(tmp_path).score(["a"])
