"""Mentions and threads for tests, made from the few things a test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from listeners.post import Author, Kind, Post, Spread
from nlp.mention import How, Judgement, Mention, Severity, Span
from routing.decision import Routable, Thread

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday


def judgement(**changes: Any) -> Judgement:
    """A plain complaint that somebody can act on."""
    plain = Judgement(0.9, True, Severity.DISAPPROVAL, ("outage",), actionable=0.8, model="test")
    return replace(plain, **changes)


PRAISE = judgement(complaint=0.02, is_complaint=False, severity=Severity.NONE, topics=(), actionable=0.1)
QUESTION = replace(PRAISE, asks_help=True, actionable=0.7)


def routable(
    text: str = "@LarkspurHelp still no internet",
    *,
    judged: Judgement | None = None,
    kind: Kind = Kind.POST,
    age: timedelta = timedelta(minutes=30),
    spread: Spread | None = None,
    mention: dict[str, Any] | None = None,
    thread: dict[str, Any] | None = None,
    unread: bool = False,
) -> Routable:
    """A mention of Larkspur with its thread; a plain complaint half an hour old unless said otherwise."""
    post = Post(
        source="x",
        id="100",
        kind=kind,
        text=text,
        created_at=NOW - age,
        author=Author("7", "dana_k", "Dana K."),
        spread=spread or Spread(),
    )
    made = Mention(
        source="x",
        post_id="100",
        revision="",
        brand="Larkspur",
        spans=(Span(0, 13, How.HANDLE),),
        confidence=0.99,
        language="en",
        judgement=None if unread else judged or judgement(),
    )
    return Routable(replace(made, **(mention or {})), Thread(post, **(thread or {})))
