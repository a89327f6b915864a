"""Is it a complaint, how hard does it reproach, and which words say so.

`ComplaintModel` is the plain model; "complaints" is the same as a spaCy component:

    nlp.add_pipe("complaints")
    nlp("still no signal, three days now")._.complaint

A judgement depends on the text alone: its first `nlp.words.READ` characters, cut by `nlp.words.cut`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from nlp import severity, weights
from nlp.calibration import sigmoid
from nlp.features import read
from nlp.mention import Evidence, Severity
from nlp.stage import WordStage, evidence
from nlp.words import cut


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

    def __init__(self, stage: WordStage, version: str, folder: Path | None = None) -> None:
        """`version` names the weights of `stage`; `folder` is where they lie."""
        self.stage = stage
        self.folder = folder
        self.version = version
        self.threshold = stage.weights.threshold
        """The operating point: at or above this probability a text is called a complaint."""

    @classmethod
    def load(cls, path: Path | None = None) -> ComplaintModel:
        """Load the weights in folder `path`, or the shipped ones. Raises `nlp.weights.BadWeights`."""
        folder = path or weights.SHIPPED
        file = folder / weights.FILE
        return cls(WordStage(weights.load(file)), weights.version(file), folder)

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
        return [self._judge(text, why=why) for text in texts]

    def _judge(self, text: str, *, why: bool) -> Verdict:
        words, spans = cut(text)
        post = read(words)
        scores = self.stage.score(post)
        probability = float(sigmoid(self.stage.weights.scale(scores[0])))
        levels = severity.shares(scores[1:])
        if probability < self.threshold:
            return Verdict(probability, Severity.NONE, (), levels)
        moved = self.stage.moved_by(words, post) if why else []
        return Verdict(probability, severity.level(levels), evidence(moved, spans), levels)


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
    default_config={"path": None},
    assigns=["doc._.complaint", "doc._.severity_scores", "doc._.complaint_evidence"],
)
def make_complaints(nlp: Language, name: str, path: str | None) -> ComplaintComponent:
    """Build the component; `path` is a folder with weights, the shipped ones by default."""
    return ComplaintComponent(ComplaintModel.load(Path(path) if path else None))
