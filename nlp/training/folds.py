"""Honest figures: every post is judged by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from nlp import weights as weights_at
from nlp.calibration import Floats, sigmoid
from nlp.complaints import ComplaintModel
from nlp.encoder import FOLDER, there
from nlp.evaluation import Guess, intervals, measure
from nlp.labelled import Labelled, read_labelled
from nlp.mode import MODES, Mode
from nlp.severity import level
from nlp.training import OWN_WORDS, mixing, words
from nlp.weights import HELD_OUT, OUTPUTS

Rows = NDArray[np.int64]

DOMAIN_THIRDS: Final = (
    ("services", "cars", "other"),
    ("software", "retail", "food"),
    ("electronics", "apparel", "transport"),
)
"""X-CI's domains in three parts of much the same size."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What word stages said of posts that they had not seen, and what an encoder said that had not either.

    word: calibrated log-odds (posts,). levels: raw severity scores (posts, 4). threshold: the mean
    operating point of the word stages. encoder: raw scores (posts, nlp.encoder.OUTPUTS), None without one.
    named: which posts are known to name a brand. among: log-odds of the words' own weights for such posts.
    """

    labels: NDArray[np.int64]
    word: Floats
    levels: Floats
    threshold: float
    encoder: Floats | None = None
    named: mixing.Bools | None = None
    among: Floats | None = None

    def modes(self) -> tuple[Mode, ...]:
        """The modes that can be judged."""
        return MODES if self.encoder is not None else ("fast",)

    def guesses(self, mode: Mode, *, of_mentions: bool = False) -> tuple[list[Guess], float]:
        """A guess for every post, and the operating point, in `mode`.

        of_mentions: as the pipeline judges, which knows that each post names a brand (needs an encoder).
        """
        if self.encoder is not None:
            named, among = (self.named, self.among) if of_mentions else (None, None)
            return mixing.guesses(
                self.word, self.levels, self.encoder, self.labels, mode, named=named, among=among
            )
        rows = zip(sigmoid(self.word), self.levels, strict=True)
        return [Guess(float(chance), level(list(levels))) for chance, levels in rows], self.threshold


def by_chance(posts: Sequence[Labelled], folds: int, *, seed: int = 0) -> Iterator[tuple[Rows, Rows]]:
    """(trained on, held out) row numbers of `folds` stratified folds."""
    labels = [post.complaint for post in posts]
    yield from StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)


def by_domain(posts: Sequence[Labelled]) -> Iterator[tuple[Rows, Rows]]:
    """Leave one domain out. Posts that go to no brand ("random_…") are spread over the folds.

    Each fold holds out one brand domain and an equal share of the random posts, so that both classes
    are in it and nothing of the held-out industry is trained on.
    """
    domains = np.array([post.domain or "" for post in posts])
    names = sorted({name for name in domains if name and not name.startswith("random")})
    random = np.flatnonzero([not name or name.startswith("random") for name in domains])
    for at, name in enumerate(names):
        held = np.concatenate((np.flatnonzero(domains == name), random[at :: len(names)]))
        yield np.setdiff1d(np.arange(len(posts)), held), np.sort(held)


def by_thirds(posts: Sequence[Labelled]) -> Iterator[tuple[Rows, Rows]]:
    """Leave three domains out at a time: stricter than `by_domain`, and what the encoder has time for."""
    domains = np.array([post.domain or "" for post in posts])
    elsewhere = np.flatnonzero(~to_brands(posts))
    for at, names in enumerate(DOMAIN_THIRDS):
        held = np.concatenate((np.flatnonzero(np.isin(domains, names)), elsewhere[at :: len(DOMAIN_THIRDS)]))
        yield np.setdiff1d(np.arange(len(posts)), held), np.sort(held)


def to_brands(posts: Sequence[Labelled]) -> mixing.Bools:
    """Which posts the data says go to a brand; not the random ones, nor those without a word on it."""
    return np.array([not (post.domain or "random").startswith("random") for post in posts], np.bool_)


def held_out(
    posts: Sequence[Labelled],
    splits: Iterable[tuple[Rows, Rows]],
    encoder: Path | None = None,
    always: Sequence[Labelled] = (),
    file: str = weights_at.HELD_OUT,
) -> HeldOut:
    """Train the word stage on each split and let it judge what it holds out.

    always: posts that every stage learns from and none is judged by; all of them speak of a brand.
    encoder: a folder with an encoder and what its own folds said (see `nlp.training.mixing`), in `file`.
    """
    texts = [post.text for post in posts]
    everyone = [*posts, *always]
    columns = words.Columns.of([post.text for post in everyone])
    named = to_brands(posts)
    speaks = np.concatenate((named, np.ones(len(always), np.bool_)))
    among = np.zeros(len(posts))
    learnt_by_all = np.arange(len(posts), len(everyone))
    scores = np.zeros((len(posts), OUTPUTS))
    thresholds: list[float] = []
    for trained, held in splits:
        weights = words.fit(columns, everyone, np.concatenate((trained, learnt_by_all)), named=speaks)
        thresholds.append(weights.threshold)
        scores[held] = words.score(weights, columns, held)
        scores[held, 0] = weights.scale(scores[held, 0])
        own = weights.among_mentions()
        among[held] = own.scale(words.score(own, columns, held)[:, 0])
    return HeldOut(
        labels=np.array([post.complaint for post in posts], np.int64),
        word=scores[:, 0],
        levels=scores[:, 1:],
        threshold=float(np.mean(thresholds)),
        encoder=mixing.encoder_scores(encoder, texts, file) if encoder is not None else None,
        named=named,
        among=among,
    )


def cross_validate(
    posts: Sequence[Labelled], folds: int, mode: Mode, *, seed: int = 0, by_domain: bool = False
) -> dict[str, Any]:
    """`nlp.evaluation.measure` over `folds` folds, or leaving out one domain at a time, in `mode`.

    The word stage is trained anew for each fold. The encoder is not (that takes an hour and torch): of
    posts it was trained on, it says what its own folds said of them. Where it has no such folds by domain,
    words alone judge; "mode" says so. "intervals" are of `nlp.evaluation.intervals`. The speed is the
    shipped model's.
    """
    encoder, unseen = weights_at.SHIPPED / FOLDER, mixing.BY_DOMAIN if by_domain else HELD_OUT
    with_encoder = mode != "fast" and there(encoder) and (encoder / unseen).exists()
    mode = mode if with_encoder else "fast"
    splits = _by_domain(posts) if by_domain else by_chance(posts, folds, seed=seed)
    own = read_labelled(OWN_WORDS)
    held = held_out(posts, splits, encoder if with_encoder else None, own, unseen)
    guesses, threshold = held.guesses(mode)
    model = ComplaintModel.load(mode=mode)
    started = perf_counter()
    model.predict([post.text for post in posts])
    speed = len(posts) / (perf_counter() - started)
    found = measure(posts, guesses, threshold=threshold, posts_per_second=speed)
    return {"mode": mode} | found | {"intervals": intervals(posts, guesses, threshold=threshold)}


_by_domain = by_domain


def figures(name: str, found: dict[str, Any]) -> str:
    """One line for people: the figures of a table in the model card."""
    point = found["at_operating_point"]
    return (
        f"{name:<28} n {found['n']:>5}  macro-F1 {found['macro_f1']:.3f}  P {found['precision']:.3f}  "
        f"R {found['recall']:.3f}  F1 {found['f1']:.3f}  AUC {found['auc'] or 0:.3f}  "
        f"ECE {found['ece']:.3f}  severity {found.get('severity_macro_f1', float('nan')):.3f}  "
        f"at point {point['threshold']:.3f}: P {point['precision']:.3f} R {point['recall']:.3f}"
    )
