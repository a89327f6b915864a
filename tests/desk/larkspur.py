"""A small made-up afternoon at Larkspur's desk, in a real ledger filled through its own methods.

The mentions are written by hand, as a model would give them; the decisions are those of the shipped
rules. Times hang on `NOON`; the clock stands until a test moves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from earnest.desk.app import create_app
from earnest.ledger import Ledger, views
from earnest.search.embedded import EmbeddedIndex
from earnest.settings import DeskSettings, Settings
from listeners.brand import Brand
from listeners.listener import Batch
from listeners.post import Author, Kind, Post, Spread
from listeners.sources import XSource
from nlp.mention import Evidence, How, Judgement, Mention, Severity, Span
from routing.rules import Rules, decide
from tests.new_ledger import new_ledger

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BRAND = Brand(
    name="Larkspur",
    handles=("Larkspur", "LarkspurHelp"),
    own_accounts={"x": ("Larkspur", "LarkspurHelp")},
)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass(frozen=True)
class Said:
    """One post and what a model would make of it. severity None: no model reads the language."""

    id: str
    who: str
    text: str
    ago: float
    severity: int | None = 0
    name: str = ""
    source: str = "x"
    kind: Kind = Kind.POST
    thread: str = ""
    parent: str | None = None
    title: str = ""
    topics: tuple[str, ...] = ()
    stakes: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    language: str = "en"
    urgency: int = 0
    asks: bool = True
    url: str | None = None
    likes: int = 0


MAYA = Said(
    "103", "mayao",
    "Third engineer no-show this month, @LarkspurHelp. I took a day off work AGAIN and nobody even rang. "
    "My mum's alarm pendant runs over this line!",
    4, 4, "Maya Okafor", kind=Kind.REPLY, thread="101", parent="102", topics=("booking", "outage"),
    stakes=("vulnerable person",), urgency=3, likes=14,
    evidence=(("no-show", "complaint"), ("AGAIN", "severity"), ("alarm pendant", "vulnerable person")),
)  # fmt: skip

AFTERNOON = (
    Said("101", "mayao", "Hub light is red since this morning. Me or the street, @LarkspurHelp?",
         300, 1, "Maya Okafor", topics=("outage",), evidence=(("red", "outage"),)),
    Said("102", "LarkspurHelp", "Hi Maya, sorry. An engineer will be with you between 1 and 5 today.",
         280, None, "Larkspur Help", kind=Kind.REPLY, thread="101", parent="101"),
    MAYA,
    Said("201", "throwaway_fibre",
         "Larkspur charged me twice in October, promised a refund within 5 days, it's been 3 weeks. "
         "Chat closes on me every time I ask. https://larkspur.example/help/refunds",
         55, 3, source="reddit", title="Double charged, no refund", topics=("billing",),
         evidence=(("charged me twice", "complaint"), ("closes on me", "severity"))),
    Said("301", "jweiss", "Seit gestern Abend kein Internet, @LarkspurHelp antwortet nicht.", 20, None,
         "Jürgen Weiß", language="de"),
    Said("401", "priya_n", "anyone else's Larkspur Hub 4 dropping every evening? not angry just tired",
         90, 1, "Priya Nair", topics=("outage",), evidence=(("dropping every evening", "complaint"),)),
    Said("501", "sam\u202ekcart", "Larkspur <script>alert(1)</script> took my money and my recordings",
         130, 4, "Sam Bell", topics=("product",), evidence=(("took my money", "complaint"),),
         url="javascript:alert(1)"),
    Said("601", "gardenista", "The Larkspur engineer was lovely, all working again. Thank you!", 40, 0,
         "Wren Hale", asks=False),
)  # fmt: skip


@dataclass
class Room:
    """Ledger, index and desk over one folder, and the clock they share."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    knowledge: Path | None = None
    """A configuration folder whose knowledge/ is used; the room's own by default."""
    desk: DeskSettings = field(
        default_factory=lambda: DeskSettings(time_zone="Europe/London", team="Larkspur Care")
    )

    def __post_init__(self) -> None:
        file = self.folder / "earnest.db"  # there already, where the afternoon was heard
        url = f"sqlite:///{file}" if file.exists() else new_ledger(file)
        self.ledger = Ledger.open(url, clock=self.clock)
        self.index = EmbeddedIndex(self.ledger.engine)
        self.settings = Settings(
            folder=self.knowledge or self.folder,
            sources=(XSource(kind="x", name="x"),),
            brands=(BRAND,),
            rules=Rules(),
            taxonomy=None,
            desk=self.desk,
            data_dir=self.folder / "var",
            database=self.ledger.url,
        )
        self.app = create_app(self.ledger, self.settings, self.index, clock=self.clock)

    def hear(self, said: Iterable[Said]) -> None:
        """Hear, understand, route and index these posts."""
        by_id = {one.id: one for one in said}
        posts = tuple(post_of(one, self.clock.now) for one in by_id.values())
        self.ledger.poll_started("x", "x", "Larkspur")
        self.ledger.commit_batch("x", Batch({"v": 1}, posts=posts), query="Larkspur", source="x")
        self.ledger.poll_ended("x", "Larkspur", error=None, next_poll=None)
        while works := self.ledger.posts_to_analyze():
            self.ledger.record_mentions([(w, (mention_of(by_id[w.post.id], w.post),)) for w in works])
        while works_ := self.ledger.mentions_to_route():
            now = self.clock.now
            self.ledger.record_decisions(
                [(w, decide(w.routable, self.settings.rules, now=now)) for w in works_]
            )
        while tasks := self.ledger.documents_to_index():
            self.index.upsert(t.document for t in tasks if t.document is not None)
            self.index.delete(t.id for t in tasks if t.document is None)
            self.ledger.mark_indexed(tasks)

    def case_of(self, handle: str) -> views.QueueRow:
        """The open case of the person with this handle."""
        return next(row for row in self.ledger.queue().rows if row.handle == handle)


def post_of(said: Said, now: datetime) -> Post:
    """The post as a listener would give it."""
    url = {
        "x": f"https://x.com/{said.who}/status/{said.id}",
        "reddit": f"https://www.reddit.com/r/larkspur/{said.id}",
    }
    return Post(
        source=said.source,
        id=said.id,
        kind=said.kind,
        text=said.text,
        title=said.title,
        created_at=now - timedelta(minutes=said.ago),
        author=Author(id=f"id-{said.who}", handle=said.who, name=said.name),
        url=said.url if said.url is not None else url[said.source],
        conversation_id=said.thread or said.id,
        parent_id=said.parent,
        spread=Spread(likes=said.likes),
    )


def mention_of(said: Said, post: Post) -> Mention:
    """The mention as the pipeline would give it."""
    start = post.text.find("Larkspur")
    own = BRAND.is_own(said.source, said.who)
    judged = None
    if said.severity is not None and not own:
        complaint = said.severity > 0
        judged = Judgement(
            complaint=0.93 if complaint else 0.06,
            is_complaint=complaint,
            severity=Severity(said.severity),
            topics=said.topics,
            asks_help=said.asks,
            actionable=0.9 if complaint else 0.2,
            urgency=said.urgency,
            stakes=said.stakes,
            evidence=tuple(
                Evidence(post.text.index(words), post.text.index(words) + len(words), what, 1.5)
                for words, what in said.evidence
            ),
            model="test-1",
        )
    return Mention(
        source=post.source,
        post_id=post.id,
        revision=post.revision,
        brand="Larkspur",
        spans=(Span(start, start + 8, How.NAME),) if start >= 0 else (),
        confidence=1.0,
        language=said.language,
        own_voice=own,
        judgement=judged,
    )
