"""The pipeline: a post and the one before it in, mentions out.

A spaCy `Language` cuts the text and finds the brands; what no brand names goes no further. The rest is
judged in batches: language, complaint and severity, topics, stakes, whether it asks for help.
A pure function of the post, its parent and the configuration; memory does not grow with the stream.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from listeners.brand import Brand
from listeners.post import Kind, Post
from nlp import actionable, context, duplicates, language, topics, urgency, version
from nlp.brands import CONFIDENCE, BrandFinder, Found
from nlp.communities import Communities
from nlp.mention import Evidence, How, Judgement, Mention, Severity, Span
from nlp.mode import DEFAULT, Mode
from nlp.phrases import Hit, Phrases
from nlp.reading import Reading

if TYPE_CHECKING:
    from spacy.language import Language

BATCH = 256
"""Posts judged together: enough to keep the models busy, little to keep in memory."""

_NOT_IN_WORDS = frozenset({How.THREAD, How.COMMUNITY})
OWN_ANSWER = 1.0
"""What stands in for the parent's complaint probability where the parent is the brand's own answer."""


class ComplaintVerdict(Protocol):
    """What a complaint model says of one text. Evidence offsets are the text's."""

    @property
    def probability(self) -> float: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def evidence(self) -> tuple[Evidence, ...]: ...


class Complaints(Protocol):
    """A complaint model: texts, with what each answers, to verdicts in the same order."""

    @property
    def version(self) -> str: ...
    @property
    def threshold(self) -> float: ...

    def predict(
        self, texts: Sequence[str], contexts: Sequence[str | None] | None = None
    ) -> Sequence[ComplaintVerdict]: ...


@dataclass(slots=True)
class _Heard:
    """One post on its way through a batch."""

    post: Post
    parent: Post | None
    reading: Reading
    found: list[Found]
    before: Reading | None = None  # the parent, read
    language: str = "und"
    verdict: ComplaintVerdict | None = None
    parent_verdict: ComplaintVerdict | None = None
    answer: context.Answer = context.Answer.NOTHING
    answer_hits: list[Hit] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    bands: tuple[str, ...] = ()


class Analyzer:
    """Reads posts for the brands of a configuration."""

    def __init__(
        self,
        brands: Sequence[Brand],
        *,
        mode: Mode = DEFAULT,
        model_dir: Path | None = None,
        taxonomy: topics.Taxonomy | None = None,
        complaints: Complaints | None = None,
    ) -> None:
        """Build the pipeline; `complaints` and `taxonomy` stand in for the shipped model and topics."""
        self.brands = tuple(brands)
        self.taxonomy = taxonomy or topics.load()
        self._rest = self.taxonomy.rest
        self.complaints = complaints or _complaint_model(mode, model_dir)
        self.nlp = build(self.brands)
        component: Any = self.nlp.get_pipe("brands")
        self.finder: BrandFinder = component.finder
        self._communities = Communities(self.brands)
        self._own_accounts: dict[tuple[str, str], list[Brand]] = {}
        for brand in self.brands:
            for source, handles in brand.own_accounts.items():
                for handle in {handle.casefold() for handle in handles}:
                    self._own_accounts.setdefault((source, handle), []).append(brand)
        self._cues = Phrases({**self.taxonomy.phrases(), **urgency.phrases(), **actionable.phrases()})
        written = json.dumps(
            [brand.model_dump(mode="json", by_alias=True) for brand in self.brands]
            + [self.taxonomy.model_dump(mode="json"), mode, version.rules()],
            sort_keys=True,
        )
        self.version = f"{self.complaints.version}+{hashlib.sha256(written.encode()).hexdigest()[:12]}"

    def analyze(self, items: Iterable[tuple[Post, Post | None]]) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each post, in order; () for a post that names no brand. Streams."""
        stream = iter(items)
        while batch := list(islice(stream, BATCH)):
            with self.nlp.memory_zone():  # spaCy forgets the words of this batch afterwards
                heard = list(self._hear(batch))
            self._judge([one for one in heard if one.found])
            for one in heard:
                yield self._mentions(one) if one.found else ()

    def _hear(self, batch: Sequence[tuple[Post, Post | None]]) -> Iterator[_Heard]:
        """Find the brands of each post, in its words, its author, the post before or where it stands."""
        readings = [Reading.of(post) for post, _ in batch]
        docs = self.nlp.pipe((reading.text for reading in readings), batch_size=BATCH)
        for (post, parent), reading, doc in zip(batch, readings, docs, strict=True):
            found: list[Found] = list(doc._.brands)
            reading.__dict__["scan"] = doc.user_data["scan"]
            if post.author is not None:
                named = {one.brand.name for one in found}
                found += [Found(brand, (), 1.0) for brand in self._owners(post) if brand.name not in named]
            before = Reading.of(parent) if parent is not None else None
            if not found and parent is not None and before is not None:
                found = self._from_parent(parent, before)
            found += self._from_place(post, reading, found)
            yield _Heard(post, parent, reading, found, before)

    def _owners(self, post: Post) -> Sequence[Brand]:
        """The brands whose own account wrote `post`."""
        if post.author is None:
            return ()
        return self._own_accounts.get((post.source, post.author.handle.casefold()), ())

    def _from_place(self, post: Post, reading: Reading, found: Sequence[Found]) -> list[Found]:
        """Brands in whose own community `post` stands, unless its words decide about them."""
        brands = self._communities.brands_of(post)
        if not brands:
            return []
        known = {one.brand.name for one in found} | self.finder.in_doubt(reading.scan)
        places = ((0, 0, How.COMMUNITY),)
        return [
            Found(brand, places, CONFIDENCE[How.COMMUNITY]) for brand in brands if brand.name not in known
        ]

    def _from_parent(self, parent: Post, before: Reading) -> list[Found]:
        """Brands a reply without a name of its own speaks about: those of its parent's voice or words."""
        places = ((0, 0, How.THREAD),)
        spoken = self._owners(parent)
        if spoken:
            return [Found(brand, places, CONFIDENCE[How.THREAD] + 0.3) for brand in spoken]
        named = self.finder.find(before.scan)
        return [Found(one.brand, places, round(CONFIDENCE[How.THREAD] * one.confidence, 3)) for one in named]

    def _judge(self, heard: Sequence[_Heard]) -> None:
        """Fill in what needs models or word lists, a whole batch at a time."""
        bands = duplicates.fingerprints([one.reading.text for one in heard])
        read: list[_Heard] = []
        for one, found in zip(heard, bands, strict=True):
            one.bands = found
            names = [(start, end) for brand in one.found for start, end, _ in brand.places]
            one.language = language.detect(one.reading.scan, one.post.language, names)
            if one.language in language.READ and not all(
                self._own(one.post, found.brand) for found in one.found
            ):
                one.hits = self._cues.find(one.reading.scan)
                if one.parent is not None:
                    one.answer, one.answer_hits = context.answer_in(one.reading.scan)
                read.append(one)
        if not read:
            return
        parents = [one.before.text if one.before is not None else None for one in read]
        for one, verdict in zip(
            read, self.complaints.predict([one.reading.text for one in read], parents), strict=True
        ):
            one.verdict = verdict
        answers = [
            (one, text)
            for one, text in zip(read, parents, strict=True)
            if text is not None and one.answer is not context.Answer.NOTHING
        ]
        if answers:
            verdicts = self.complaints.predict([text for _, text in answers], [None] * len(answers))
            for (one, _), verdict in zip(answers, verdicts, strict=True):
                one.parent_verdict = verdict

    def _own(self, post: Post | None, brand: Brand) -> bool:
        return post is not None and brand in self._owners(post)

    def _mentions(self, one: _Heard) -> tuple[Mention, ...]:
        return tuple(self._mention(one, found) for found in one.found)

    def _mention(self, one: _Heard, found: Found) -> Mention:
        post, own = one.post, self._own(one.post, found.brand)
        spans = []
        for start, end, how in found.places:
            placed = (0, 0, "text") if how in _NOT_IN_WORDS else one.reading.place(start, end)
            if placed is not None:
                spans.append(Span(placed[0], placed[1], how, "title" if placed[2] == "title" else "text"))
        copy = None
        if post.parent_id is not None and (
            post.kind is Kind.REPOST or (post.kind is Kind.QUOTE and duplicates.adds_nothing(post.text))
        ):
            copy = (post.source, post.parent_id)
        return Mention(
            source=post.source,
            post_id=post.id,
            revision=post.revision,
            brand=found.brand.name,
            spans=tuple(spans),
            confidence=found.confidence,
            language=one.language,
            own_voice=own,
            judgement=None if own or one.verdict is None else self._judgement(one, found, one.verdict),
            fingerprint=one.bands,
            duplicate_of=copy,
        )

    def _judgement(self, one: _Heard, found: Found, verdict: ComplaintVerdict) -> Judgement:
        parent_own = self._own(one.parent, found.brand)
        before = OWN_ANSWER if parent_own else (one.parent_verdict.probability if one.parent_verdict else 0.0)
        if parent_own and one.answer is context.Answer.AGREES:
            before = 0.0  # agreeing with the brand is no complaint
        probability = context.in_light_of(
            verdict.probability, before, one.answer, threshold=self.complaints.threshold
        )
        complaint = probability >= self.complaints.threshold
        scan = one.reading.scan
        level, stakes, stake_hits = urgency.urgency_of(scan, one.hits)
        names, topic_hits = topics.topics_of(one.hits, self._rest)
        if not topic_hits and one.before is not None:
            said_before = self._cues.find(one.before.scan)
            names = topics.of_thread(said_before, self._rest, brands_words=parent_own)
        doing = actionable.weigh(
            scan,
            one.hits,
            one.post,
            addressed=parent_own or any(how is How.HANDLE for _, _, how in found.places),
            many=not parent_own
            and actionable.one_of_many(one.reading.text, [(start, end) for start, end, _ in found.places]),
            answers_brand=parent_own,
            brand_asked=parent_own and one.parent is not None and actionable.asks_back(one.parent.text),
            answer=one.answer,
        )
        severity = Severity.NONE
        if complaint:
            # The line is drawn low, so as to miss few. What is more likely no complaint than one has no
            # tone to speak of, and must not come before those who were let down.
            likely = probability >= 0.5
            severity = max(verdict.severity, Severity.NO_REPROACH) if likely else Severity.NO_REPROACH
        evidence = [self._moved(one, own) for own in verdict.evidence]
        marked = [(hit, hit.label.partition(":")[2]) for hit in (*stake_hits, *topic_hits)]
        marked += [(hit, "asks for help") for hit in doing.hits if hit.label == "cue:request"]
        marked += [(hit, f"answers: {one.answer}") for hit in one.answer_hits]
        # A topic and a stake may share their name and their words: said once.
        marked = list({(hit.start, hit.end, what): (hit, what) for hit, what in marked}.values())
        evidence += [one.reading.evidence(hit.start, hit.end, what, hit.weight) for hit, what in marked[:24]]
        if found.verdict is not None:
            start, end, _ = found.places[0]
            evidence.append(one.reading.evidence(start, end, found.sense))
        return Judgement(
            complaint=round(probability, 4),
            is_complaint=complaint,
            severity=severity,
            topics=names,
            asks_help=doing.asks_help,
            actionable=doing.probability,
            urgency=level,
            stakes=stakes,
            evidence=tuple(mark for mark in evidence if mark is not None),
            model=self.version,
        )

    @staticmethod
    def _moved(one: _Heard, mark: Evidence) -> Evidence | None:
        return one.reading.evidence(mark.start, mark.end, mark.what, mark.weight)


def _complaint_model(mode: Mode, model_dir: Path | None) -> Complaints:
    from nlp.complaints import ComplaintModel  # noqa: PLC0415  loads the weights: only when asked

    return ComplaintModel.load(model_dir, mode=mode, of_mentions=True)


def build(brands: Sequence[Brand]) -> Language:
    """The spaCy pipeline: our tokenizer, then the "brands" component, which writes `Doc._.brands`."""
    import spacy  # noqa: PLC0415  takes a second to import: only when asked
    from spacy.vocab import Vocab  # noqa: PLC0415

    from nlp import components  # noqa: F401, PLC0415  registers the component
    from nlp.tokens import Cutter  # noqa: PLC0415

    # A vocabulary without word attributes: nothing here asks for them, and each new word would pay for all.
    nlp = spacy.blank("en", vocab=Vocab())
    nlp.tokenizer = Cutter(nlp.vocab)
    nlp.add_pipe(
        "brands", config={"brands": [brand.model_dump(mode="json", by_alias=True) for brand in brands]}
    )
    return nlp
