"""Is it a complaint, how hard does it reproach, and which words say so.

`ComplaintModel` is the plain model; "complaints" is the same as a spaCy component:

    nlp.add_pipe("complaints")
    nlp("still no signal, three days now")._.complaint

A judgement depends on the text alone: its first `nlp.words.READ` characters, cut by `nlp.words.cut`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from nlp import cascade, severity, weights
from nlp.calibration import Floats, Scale, log_odds, sigmoid, softmax
from nlp.cascade import Cascade
from nlp.encoder import FOLDER, LEVELS, Encoder, Floats32, there
from nlp.features import read
from nlp.meaning import table
from nlp.mention import Evidence, Severity
from nlp.mode import DEFAULT, MODES, Mode
from nlp.stage import WordStage
from nlp.weights import OUTPUTS
from nlp.why import Why, evidence
from nlp.words import cut

Marks = tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model makes of one text.

    probability: calibrated, 0 to 1. severity: NONE exactly when probability is under the operating
    point. evidence: words whose removal lowers the probability, with the drop in log-odds; only for
    complaints. severity_scores: shares of the four levels, given that it is a complaint.
    """

    probability: float
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    severity_scores: tuple[float, ...] = ()


class ComplaintModel:
    """The shipped complaint model, ready to judge. `load` it once; it keeps no state between texts."""

    def __init__(
        self,
        stage: WordStage,
        version: str,
        *,
        folder: Path | None = None,
        mode: Mode = "fast",
        plan: Cascade | None = None,
        encoder: Encoder | None = None,
        of_mentions: bool = False,
    ) -> None:
        """`version` names the weights; `folder` is where they lie. Without a plan, words alone judge.

        of_mentions: every text is known to name a brand, and its probability is told among such posts.
        """
        self.named = None
        if of_mentions and plan is not None and stage.weights.mentions is not None:
            self.named = plan.named
        if self.named is not None:
            stage = WordStage(stage.weights.among_mentions(), stage.meaning)
        self.stage = stage
        self.why = Why(stage)
        self.version = version
        self.folder = folder
        self.mode: Mode = mode if plan is not None and encoder is not None else "fast"
        self.plan = plan
        self.encoder = encoder
        told = of_mentions and plan is not None and self.named is None
        self.scale = plan.mentions.get(self.mode, Scale()) if plan is not None and told else Scale()
        self.threshold = self._operating_point()
        """The operating point: at or above this probability a text is called a complaint."""

    @classmethod
    def load(
        cls, path: Path | None = None, *, mode: Mode = DEFAULT, of_mentions: bool = False
    ) -> ComplaintModel:
        """Load the weights in folder `path`, or the shipped ones. Raises `nlp.weights.BadWeights`.

        A folder with a cascade and no encoder of its own stands on the shipped encoder; one without a
        cascade is judged by words alone, whatever the mode. of_mentions: for texts that are known to name
        a brand, which is where displeasure is mostly a complaint.
        """
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
        folder = path or weights.SHIPPED
        file = folder / weights.FILE
        stage = load_stage(file)
        own = folder / FOLDER
        plan, reader = cascade.load(folder), Encoder(own if there(own) else weights.SHIPPED / FOLDER)
        if plan is None or not there(reader.folder):
            return cls(stage, weights.version(file), folder=folder)
        parts = f"{weights.version(file)} {reader.version} {plan} {mode} {of_mentions}"
        version = hashlib.sha256(parts.encode()).hexdigest()[:12]
        return cls(
            stage, version, folder=folder, mode=mode, plan=plan, encoder=reader, of_mentions=of_mentions
        )

    def has_seen(self, texts: Sequence[str]) -> int:
        """How many of `texts` the weights were trained on."""
        known = weights.trained_on(self.folder) if self.folder else frozenset()
        return sum(weights.key(text) in known for text in texts)

    def predict(
        self, texts: Sequence[str], contexts: Sequence[str | None] | None = None, *, why: bool = True
    ) -> list[Verdict]:
        """One verdict per text, in order. `why=False` leaves the evidence out and is quicker.

        contexts: the posts answered, where there are such. The weights are trained on single posts, so
        they are not read here; `nlp.context` weighs what a reply says about its parent.
        """
        if contexts is not None and len(contexts) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(contexts)} contexts")
        cuts = [cut(text) for text in texts]
        posts = [read(words) for words, _ in cuts]
        scores = np.array([self.stage.score(post) for post in posts], np.float64).reshape(len(texts), OUTPUTS)
        word = self.stage.weights.scale(scores[:, 0])
        odds, levels = self.scale(word), softmax(scores[:, 1:])
        asked = self._ask_encoder(texts, word, odds, levels)
        chances = sigmoid(odds)
        called = [at for at, chance in enumerate(chances) if chance >= self.threshold]
        marks: dict[int, Marks] = {}
        if why:
            marks = {at: evidence(self.why.moved_by(posts[at]), cuts[at][1]) for at in called}
            marks |= self._confirmed(
                texts, {at: marks[at] for at in called if at in asked and marks[at]}, odds
            )
        verdicts = []
        for at, chance in enumerate(chances):
            shares = tuple(float(share) for share in levels[at])
            level = severity.level(shares) if chance >= self.threshold else Severity.NONE
            verdicts.append(Verdict(float(chance), level, marks.get(at, ()), shares))
        return verdicts

    def _operating_point(self) -> float:
        if self.named is not None:
            return self.named.thresholds[self.mode]
        point = self.plan.thresholds[self.mode] if self.plan is not None else self.stage.weights.threshold
        return point if self.scale == Scale() else float(sigmoid(self.scale(log_odds(point))))

    def _ask_encoder(
        self, texts: Sequence[str], word: Floats, odds: Floats, levels: Floats
    ) -> frozenset[int]:
        """Let the encoder read what words (log-odds `word`) leave in doubt. Which it read.

        Writes into `odds`, as this model tells them, and `levels`.
        """
        if self.plan is None or self.encoder is None:
            return frozenset()
        rows = np.flatnonzero((self.named or self.plan).doubtful(word, self.mode))
        if len(rows):
            said = self.encoder.score([texts[int(row)] for row in rows])
            odds[rows] = self._together(word[rows], said)
            levels[rows] = severity.together(levels[rows], softmax(said[:, LEVELS]))
        return frozenset(int(row) for row in rows)

    def _together(self, word: Floats, said: Floats32) -> Floats:
        """Log-odds, as this model tells them, of posts that both stages have read."""
        if self.named is not None:
            return self.named.together(word, said)
        return self.scale(self.plan.together(word, said[:, 0])) if self.plan is not None else word

    def _confirmed(self, texts: Sequence[str], marks: dict[int, Marks], odds: Floats) -> dict[int, Marks]:
        """The words that the encoder agrees about: without all of them, both stages together say less.

        Where that is not so, each is tried alone, and those that do not lower the answer are dropped.
        """
        rows = list(marks)
        less = self._both([_strike(texts[at], marks[at]) for at in rows]) < odds[rows]
        doubted = [at for at, lower in zip(rows, less, strict=True) if not lower]
        alone = [(at, mark) for at in doubted for mark in marks[at]]
        lowered = self._both([_strike(texts[at], (mark,)) for at, mark in alone])
        kept: dict[int, list[Evidence]] = {at: [] for at in doubted}
        for (at, mark), now in zip(alone, lowered, strict=True):
            if now < odds[at]:
                kept[at].append(mark)
        return marks | {at: tuple(some) for at, some in kept.items()}

    def _both(self, texts: Sequence[str]) -> Floats:
        """Log-odds of both stages together."""
        if not texts or self.encoder is None:
            return np.zeros(0)
        word = np.array([self.stage.complaint(read(cut(text)[0])) for text in texts])
        return self._together(word, self.encoder.score(texts))


def load_stage(file: Path) -> WordStage:
    """The word stage of the weights in `file`, with the shipped table of meanings. Raises BadWeights."""
    made = weights.load(file)
    try:
        return WordStage(made, table(weights.SHIPPED / FOLDER))
    except FileNotFoundError as error:
        raise weights.BadWeights(str(error)) from error


def _strike(text: str, marks: Sequence[Evidence]) -> str:
    """`text` without the marked words."""
    for mark in sorted(marks, key=lambda one: -one.start):
        text = text[: mark.start] + " " + text[mark.end :]
    return text


for _name in ("complaint", "severity_scores", "complaint_evidence"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


class ComplaintComponent:
    """Writes `Doc._.complaint`, `Doc._.severity_scores` and `Doc._.complaint_evidence`."""

    def __init__(self, model: ComplaintModel) -> None:
        """Judge with `model`."""
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Judge one doc."""
        self._write([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], batch_size: int = 256) -> Iterator[Doc]:
        """Judge a stream of docs, `batch_size` at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._write(batch)
            yield from batch

    def _write(self, docs: Sequence[Doc]) -> None:
        for doc, verdict in zip(docs, self.model.predict([doc.text for doc in docs]), strict=True):
            doc._.complaint = verdict.probability
            doc._.severity_scores = np.asarray(verdict.severity_scores)
            doc._.complaint_evidence = verdict.evidence


@Language.factory(
    "complaints",
    default_config={"path": None, "mode": DEFAULT},
    assigns=["doc._.complaint", "doc._.severity_scores", "doc._.complaint_evidence"],
)
def make_complaints(nlp: Language, name: str, path: str | None, mode: Mode) -> ComplaintComponent:
    """Build the component; `path` is a folder with weights, the shipped ones by default."""
    return ComplaintComponent(ComplaintModel.load(Path(path) if path else None, mode=mode))
