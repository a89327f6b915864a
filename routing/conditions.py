"""What a rule may ask of a mention, each condition with the words for what it saw.

All conditions written in one `when` must hold. A condition over a judgement never holds where no
model read the post: nothing is decided on a guess that nobody made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from listeners.brand import Strict, Word
from listeners.post import Kind
from nlp.mention import How, Judgement, Severity
from routing.decision import Routable
from routing.hours import Duration, in_words
from routing.priority import answered_since, reach, severity_in_words, waited_in_words

SEVERITIES = tuple(level.name.lower() for level in Severity)


def _severity(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in SEVERITIES:
        return Severity[value.upper()]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4:
        return Severity(value)
    raise ValueError(f"severity is one of {', '.join(SEVERITIES)} (or 0 to 4)")


SeverityLevel = Annotated[
    Severity,
    BeforeValidator(_severity),
    PlainSerializer(lambda level: level.name.lower(), return_type=str),
    WithJsonSchema({"anyOf": [{"enum": list(SEVERITIES)}, {"type": "integer", "minimum": 0, "maximum": 4}]}),
]

Share = Annotated[float, Field(ge=0, le=1)]


Stake = Literal[
    "safety",
    "health",
    "stranded",
    "vulnerable person",
    "privacy",
    "legal step",
    "days without service",
    "money",
    "outage",
]
"""What can be at stake: the names of `nlp.urgency.LEVELS`."""


@dataclass(frozen=True, slots=True)
class Met:
    """One condition looked at: whether it held, and what it saw in words."""

    held: bool
    saw: str


class When(Strict):
    """Conditions of a rule. Those not written do not matter; lists mean "any of these"."""

    brand: tuple[Word, ...] | None = Field(default=None, description="the brand's name in brands.yaml")
    source: tuple[Word, ...] | None = Field(default=None, description="x, reddit, blog, …")
    kind: tuple[Kind, ...] | None = Field(default=None, description="post, reply, repost, quote, …")
    found_by: tuple[How, ...] | None = Field(default=None, description="how the brand was found")
    language: tuple[Word, ...] | None = Field(default=None, description="ISO 639-1, such as en")
    unread: bool | None = Field(default=None, description="no model reads the post's language")
    own_voice: bool | None = Field(default=None, description="the brand's own account wrote it")
    duplicate: bool | None = Field(default=None, description="a near-copy of another post")
    left_alone: bool | None = Field(default=None, description="the person asked to be left alone")
    open_case: bool | None = Field(default=None, description="the conversation has an open case already")
    brand_answered: bool | None = Field(default=None, description="the brand spoke in the thread since")
    complaint: bool | None = Field(default=None, description="judged a complaint")
    complaint_at_least: Share | None = Field(default=None, description="probability of a complaint")
    severity_at_least: SeverityLevel | None = None
    urgency_at_least: int | None = Field(default=None, ge=0, le=3)
    actionable_at_least: Share | None = Field(default=None, description="probability that one can act on it")
    asks_help: bool | None = Field(default=None, description="asks for something that can be done")
    topics: tuple[Word, ...] | None = None
    stakes: tuple[Stake, ...] | None = Field(default=None, description="safety, health, stranded, …")
    confidence_at_least: Share | None = Field(default=None, description="that the brand is really meant")
    earlier_cases_at_least: int | None = Field(default=None, ge=1, description="cases of this person before")
    reach_at_least: int | None = Field(default=None, ge=1, description="echoes and reactions counted")
    older_than: Duration | None = Field(default=None, description="age of the post, such as 14d")
    words: tuple[Word, ...] | None = Field(default=None, description="words or phrases in the post")

    def check(self, item: Routable, *, now: datetime) -> Iterator[Met]:
        """Look at every written condition in order, each with what it saw in words; pure."""
        for name, check in _CHECKS.items():
            wanted = getattr(self, name)
            if wanted is not None:
                yield check(wanted, item, now)


Check = Callable[[Any, Routable, datetime], Met]


def _one_of(what: str, value: Callable[[Routable], str]) -> Check:
    def check(wanted: tuple[str, ...], item: Routable, now: datetime) -> Met:
        seen = value(item)
        held = seen.casefold() in {word.casefold() for word in wanted}
        return Met(held, f"{what} {seen}" if held else f"{what} {seen}, not {_or(wanted)}")

    return check


def _flag(value: Callable[[Routable], bool], yes: str, no: str) -> Check:
    def check(wanted: bool, item: Routable, now: datetime) -> Met:
        seen = value(item)
        return Met(seen is wanted, yes if seen else no)

    return check


def _judged(look: Callable[[Any, Judgement], Met]) -> Check:
    def check(wanted: Any, item: Routable, now: datetime) -> Met:
        judgement = item.mention.judgement
        return Met(False, "no model read it") if judgement is None else look(wanted, judgement)

    return check


def _at_least(what: str, value: Callable[[Judgement], float]) -> Check:
    def look(wanted: float, judgement: Judgement) -> Met:
        seen = value(judgement)
        held = seen >= wanted
        return Met(held, f"{what} {seen:.2f}" + ("" if held else f", below {wanted:.2f}"))

    return _judged(look)


def _any_of(what: str, value: Callable[[Judgement], tuple[str, ...]]) -> Check:
    def look(wanted: tuple[str, ...], judgement: Judgement) -> Met:
        seen = [name for name in value(judgement) if name.casefold() in {word.casefold() for word in wanted}]
        return Met(True, f"{what} {' and '.join(seen)}") if seen else Met(False, f"no {what} {_or(wanted)}")

    return _judged(look)


def _complaint(wanted: bool, judgement: Judgement) -> Met:
    words = "a complaint" if judgement.is_complaint else "not a complaint"
    return Met(judgement.is_complaint is wanted, f"{words} (probability {judgement.complaint:.2f})")


def _severity_check(wanted: Severity, judgement: Judgement) -> Met:
    held = judgement.severity >= wanted
    below = "" if held else f", below {wanted.name.lower().replace('_', ' ')}"
    return Met(held, severity_in_words(judgement.severity) + below)


def _urgency(wanted: int, judgement: Judgement) -> Met:
    held = judgement.urgency >= wanted
    return Met(held, f"urgency {judgement.urgency} of 3" + ("" if held else f", below {wanted}"))


def _asks_help(wanted: bool, judgement: Judgement) -> Met:
    return Met(judgement.asks_help is wanted, "asks for help" if judgement.asks_help else "asks for nothing")


def _found_by(wanted: tuple[How, ...], item: Routable, now: datetime) -> Met:
    seen = {span.how for span in item.mention.spans}
    words = ", ".join(sorted(how.value for how in seen)) or "nothing in the words"
    held = bool(seen & set(wanted))
    return Met(
        held, f"brand found by {words}" + ("" if held else f", not {_or(how.value for how in wanted)}")
    )


def _duplicate(wanted: bool, item: Routable, now: datetime) -> Met:
    original = item.mention.duplicate_of
    seen = original is not None
    return Met(seen is wanted, f"repeats {original[0]} post {original[1]}" if original else "not a near-copy")


def _confidence(wanted: float, item: Routable, now: datetime) -> Met:
    seen = item.mention.confidence
    held = seen >= wanted
    return Met(held, f"brand meant with confidence {seen:.2f}" + ("" if held else f", below {wanted:.2f}"))


def _earlier(wanted: int, item: Routable, now: datetime) -> Met:
    seen = item.thread.earlier_cases
    return Met(seen >= wanted, f"{seen} earlier case{'' if seen == 1 else 's'} of this person")


def _reach(wanted: int, item: Routable, now: datetime) -> Met:
    seen = reach(item)
    held = seen >= wanted
    return Met(held, f"{seen} echoes and reactions" + ("" if held else f", below {wanted}"))


def _older(wanted: timedelta, item: Routable, now: datetime) -> Met:
    age = now - item.thread.post.created_at
    held = age > wanted
    old = waited_in_words(max(0, int(age.total_seconds() // 60)))
    return Met(held, f"written {old} ago" + ("" if held else f", not over {in_words(wanted)}"))


@lru_cache(maxsize=1024)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words, any case, any white space between the words of a phrase."""
    phrases = (r"\s+".join(map(re.escape, word.split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


def _words(wanted: tuple[str, ...], item: Routable, now: datetime) -> Met:
    post = item.thread.post
    found = _pattern(wanted).search(post.text) or _pattern(wanted).search(post.title)
    return Met(True, f'says "{found[0]}"') if found else Met(False, f"does not say {_or(wanted)}")


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


_CHECKS: dict[str, Check] = {
    "brand": _one_of("brand", lambda item: item.mention.brand),
    "source": _one_of("source", lambda item: item.mention.source),
    "kind": _one_of("kind", lambda item: item.thread.post.kind.value),
    "found_by": _found_by,
    "language": _one_of("language", lambda item: item.mention.language),
    "unread": _flag(lambda item: item.mention.unread, "no model reads its language", "a model read it"),
    "own_voice": _flag(
        lambda item: item.mention.own_voice, "written by the brand itself", "not the brand's own voice"
    ),
    "duplicate": _duplicate,
    "left_alone": _flag(
        lambda item: item.thread.left_alone, "the person asked to be left alone", "may be answered"
    ),
    "open_case": _flag(
        lambda item: item.thread.open_case, "an open case has this conversation", "no open case yet"
    ),
    "brand_answered": _flag(answered_since, "the brand has answered since", "the brand has not answered"),
    "complaint": _judged(_complaint),
    "complaint_at_least": _at_least("complaint probability", lambda judgement: judgement.complaint),
    "severity_at_least": _judged(_severity_check),
    "urgency_at_least": _judged(_urgency),
    "actionable_at_least": _at_least("actionable with probability", lambda judgement: judgement.actionable),
    "asks_help": _judged(_asks_help),
    "topics": _any_of("topic", lambda judgement: judgement.topics),
    "stakes": _any_of("stake", lambda judgement: judgement.stakes),
    "confidence_at_least": _confidence,
    "earlier_cases_at_least": _earlier,
    "reach_at_least": _reach,
    "older_than": _older,
    "words": _words,
}
"""Every condition of `When`, in the order they are looked at."""
