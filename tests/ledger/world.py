"""Posts, mentions and decisions for tests of the ledger, in few words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from earnest.ledger import Ledger, facets
from earnest.ledger.tables import cases, mentions
from earnest.ledger.views import Intake, MentionWork, Routed
from listeners.listener import Batch
from listeners.post import Author, Kind, Post
from nlp.duplicates import fingerprint
from nlp.mention import Evidence, How, Judgement, Mention, Severity, Span
from routing.decision import Decision, Outcome, Reason
from tests.clock import NOON

BRAND = "Larkspur"
LONG = "Larkspur has been down since this morning and nobody on the phone can tell me when it will be back"


def post(pk: str, text: str = "Larkspur is down again", who: str = "joe", **more: Any) -> Post:
    """A post of `who` on x, `pk` minutes after noon where `pk` is a number."""
    minutes = int(pk) if pk.isdigit() else 0
    values: dict[str, Any] = {
        "source": "x",
        "kind": Kind.POST,
        "created_at": NOON - timedelta(days=1) + timedelta(minutes=minutes),
        "author": Author(id=f"id-{who}", handle=who, name=who.title()),
        "revision": "1",
        "url": f"https://x.example/{who}/{pk}",
    }
    return Post(id=pk, text=text, **(values | more))


def reply(pk: str, to: str, text: str = "Larkspur, any news?", who: str = "joe", **more: Any) -> Post:
    """An answer to another post, in the same conversation where the network does not say."""
    return post(pk, text, who, **({"kind": Kind.REPLY, "parent_id": to} | more))


def hear(ledger: Ledger, *posts: Post, query: str = "q", **more: Any) -> Intake:
    """Commit one batch."""
    return ledger.commit_batch("source", Batch({"v": 1}, posts=posts, **more), query=query, source="x")


class WordAnalyzer:
    """Mentions of Larkspur wherever the word stands; "thanks" is no complaint.

    "Your fault" blames, "bill" tells the topic, "kaputt" the language.
    """

    version = "words"

    def analyze(self, items: Iterable[tuple[Post, Post | None]]) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each post, in order."""
        for post, _ in items:
            yield tuple(self.mentions(post))

    def mentions(self, post: Post) -> Iterator[Mention]:
        """One per brand named; the brand's own account is its own voice."""
        own = post.author is not None and post.author.handle == "LarkspurHelp"
        at = post.text.casefold().find("larkspur")
        if at < 0 and not own:
            return
        text = post.text.casefold()
        severity = Severity.BLAME if "your fault" in text else Severity.ACCUSATION
        topics = ("billing",) if "bill" in text else ("outage",)
        yield Mention(
            source=post.source,
            post_id=post.id,
            revision=post.revision,
            brand=BRAND,
            spans=() if at < 0 else (Span(at, at + 8, How.NAME),),
            confidence=0.5 if at < 0 else 1.0,
            language="de" if "kaputt" in text else "en",
            own_voice=own,
            judgement=None if own else judgement("thanks" not in text, severity, topics),
            fingerprint=fingerprint(post.text),
        )


def judgement(
    complaint: bool = True, severity: Severity = Severity.ACCUSATION, topics: tuple[str, ...] = ("outage",)
) -> Judgement:
    """What a model may say."""
    return Judgement(
        complaint=0.875 if complaint else 0.125,
        is_complaint=complaint,
        severity=severity if complaint else Severity.NONE,
        topics=topics if complaint else (),
        asks_help=complaint,
        evidence=(Evidence(0, 8, "complaint", 1.5),),
        model="words",
    )


def understand(ledger: Ledger, limit: int = 256) -> int:
    """Understand all that is waiting."""
    analyzer, stored = WordAnalyzer(), 0
    while works := ledger.posts_to_analyze(limit):
        found = analyzer.analyze((work.post, work.parent) for work in works)
        stored += ledger.record_mentions(list(zip(works, found, strict=True)))
    return stored


def decide(work: MentionWork, **more: Any) -> Decision:
    """Complaints that are nobody's copy go to "care"; the rest is dismissed."""
    mention = work.routable.mention
    judged = mention.judgement
    if judged is None or not judged.is_complaint or mention.duplicate_of is not None:
        return Decision(Outcome.DISMISS, (Reason("no complaint", "nothing to do"),), rules="test")
    thread = work.routable.thread
    values: dict[str, Any] = {
        "queue": "care",
        "priority": 100 * int(judged.severity) + min(thread.echoes, 50) + 10 * thread.earlier_cases,
        "due": thread.post.created_at + timedelta(hours=4),
    }
    return Decision(
        Outcome.ROUTE,
        (Reason("complaint", f"severity {judged.severity}", 300),),
        rules="test",
        **(values | more),
    )


Decide = Callable[[MentionWork], Decision]


def route(ledger: Ledger, how: Decide = decide, limit: int = 256) -> Routed:
    """Route all that is waiting."""
    routed = Routed()
    while works := ledger.mentions_to_route(limit):
        routed += ledger.record_decisions([(work, how(work)) for work in works])
    return routed


def work_off(ledger: Ledger) -> Routed:
    """Understand and route all that is waiting."""
    understand(ledger)
    return route(ledger)


def open_case(ledger: Ledger, pk: str = "1", **more: Any) -> int:
    """A case from one complaint; returns its number."""
    hear(ledger, post(pk, **more))
    work_off(ledger)
    return ledger.queue().rows[-1].case_id


def at(minutes: int) -> datetime:
    """When post number `minutes` was written."""
    return NOON - timedelta(days=1) + timedelta(minutes=minutes)


def facets_agree(ledger: Ledger) -> bool:
    """Whether every case is filtered by what the mention says that speaks for it."""
    told = select(mentions, cases).join(mentions, mentions.c.id == cases.c.mention_id)
    with ledger.database.read() as conn:
        rows = [row._mapping for row in conn.execute(told)]
    by_mention = [facets.of({column.name: row[column] for column in mentions.c}) for row in rows]
    return by_mention == [{name: row[cases.c[name]] for name in facets.FACETS} for row in rows]
