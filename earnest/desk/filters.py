"""Which part of the queue: filters as an address says them, as the ledger asks them, and as words.

Values of one filter are alternatives; filters add up. The address is also what a saved view keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from urllib.parse import parse_qs, urlencode

from babel import Locale
from fastapi import Request

from earnest.desk import identity, labels
from earnest.ledger import reach
from earnest.ledger.views import QueueQuery
from earnest.settings import Settings
from nlp import topics
from routing.case import OPEN, State

VIEWS = {
    "": "Everybody waiting",
    "free": "Not taken",
    "mine": "Mine",
    "overdue": "Overdue or soon due",
    "calls": "Calls me",
    "asleep": "Asleep",
    "closed": "Done",
}
WHOSE = {"mine": "mine", "free": "not taken"}
DUE = {"over": "overdue", "soon": "overdue or due in 15 min"}
SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue to show, as its address says it. Unknown values match nothing, harmlessly."""

    view: str = ""
    queue: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    due: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Sequence[str]]) -> Filters:
        """Read the address's parameters; empty ones are none, repeated ones count once."""
        many = {
            name: tuple(dict.fromkeys(v for v in parameters.get(name, ()) if v))
            for name in cls.__dataclass_fields__
        }
        view = next(iter(many.pop("view")), "")
        return cls(view if view in VIEWS else "", **many)

    @classmethod
    def at(cls, address: str) -> Filters:
        """Read what `address` wrote."""
        return cls.of(parse_qs(address))

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Every filter and value set beside the view, in the order of the page."""
        return [(name, value) for name in NAMES for value in getattr(self, name)]

    @property
    def count(self) -> int:
        """How many filters are set beside the view."""
        return sum(1 for name in NAMES if getattr(self, name))

    def address(self, *, view: str | None = None, without: tuple[str, str] | None = None) -> str:
        """The query string that gives these filters again: in another view, or without one value."""
        pairs = [("view", self.view if view is None else view)]
        pairs += [pair for pair in self.chosen if pair != without]
        return urlencode([(name, value) for name, value in pairs if value])


NAMES = tuple(f.name for f in fields(Filters) if f.name != "view")


def filters_of(request: Request) -> Filters:
    """The filters in a request's address."""
    return Filters.of({name: request.query_params.getlist(name) for name in request.query_params})


def as_query(filters: Filters, request: Request, *, after: str | None = None, limit: int = 50) -> QueueQuery:
    """The ledger's query for these filters and this responder."""
    states = tuple(State(s) for s in filters.state if s in {state.value for state in State})
    closed = any(state not in OPEN for state in states) or filters.view == "closed"
    if not states:
        states = {"free": (State.NEW,), "asleep": (State.SNOOZED,)}.get(filters.view, ())
    mine = filters.view == "mine" or "mine" in filters.who
    now = request.app.state.clock()
    due = None
    if filters.view == "overdue" or "soon" in filters.due:
        due = now + SOON
    if filters.due == ("over",):
        due = now
    return QueueQuery(
        queues=filters.queue,
        brands=filters.brand,
        sources=filters.source,
        topics=filters.topic,
        severities=_numbers(filters.severity),
        urgencies=_numbers(filters.urgency),
        languages=filters.language,
        states=states,
        owner=(identity.visit_of(request).responder or "nobody") if mine else None,
        free="free" in filters.who and filters.view != "mine",
        closed=closed,
        calls=(identity.visit_of(request).responder or "nobody") if filters.view == "calls" else None,
        due_before=due,
        limit=limit,
        after=after,
    )


def _numbers(values: Sequence[str]) -> tuple[int, ...]:
    """Values as numbers; what is none fits nothing."""
    return tuple(int(value) if value in {"0", "1", "2", "3", "4"} else -1 for value in values)


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter as a list to choose from: value and text of each option."""

    name: str
    text: str
    any: str
    options: list[tuple[str, str]]

    @property
    def known(self) -> set[str]:
        """The values offered; an address may hold others."""
        return {value for value, _ in self.options}

    def says(self, value: str) -> str:
        """A value in words; one that is not offered as it is written."""
        return next((text for known, text in self.options if known == value), value)


def choices(settings: Settings, languages: Sequence[str]) -> list[Choice]:
    """Every filter with what it offers. languages: those that people wait in."""
    sources = sorted({"blog" if source.kind == "blogs" else source.kind for source in settings.sources})
    about = [topic.name for topic in (settings.taxonomy or topics.load()).topics]
    queues = [queue for queue in settings.rules.queues if reach.reaches(queue)]
    return [
        Choice("queue", "Queue", "every queue", [(q, labels.topic_name(q)) for q in queues]),
        Choice("who", "Whose", "anybody’s", list(WHOSE.items())),
        Choice("due", "Due", "any time", list(DUE.items())),
        Choice("state", "State", "any state", [(s.value, labels.state_name(s)) for s in State]),
        Choice("topic", "Topic", "every topic", [(t, labels.topic_name(t)) for t in about]),
        Choice(
            "severity",
            "Severity",
            "any",
            [(str(int(s)), text) for s, text in labels.SEVERITIES.items()][::-1],
        ),
        Choice("urgency", "Urgency", "any", [(str(u), text) for u, text in labels.URGENCIES.items()][::-1]),
        Choice("brand", "Brand", "every brand", [(b.name, b.name) for b in settings.brands]),
        Choice("source", "Network", "every network", [(s, labels.network_name(s)) for s in sources]),
        Choice("language", "Language", "every language", [(c, language_name(c)) for c in languages]),
    ]


@cache
def language_name(code: str) -> str:
    """An ISO 639 code as people call the language; an unknown one as it is written."""
    if code in {"", "und"}:
        return "not known"
    return str(_ENGLISH.languages.get(code, code))


_ENGLISH = Locale("en")
