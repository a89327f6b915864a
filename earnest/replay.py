"""Changed rules tried on what was decided before: which cases there would be more, fewer, or elsewhere.

Both sides are told by the same small model of cases: the first routed mention of a person in a
conversation opens one, the later ones join it. What people did to a case (closing, merging) is taken
as it was. Nothing is written, and one person's mentions are remembered at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Literal

from earnest.ledger.rule_views import PastDecision
from routing.decision import Decision, Outcome, Routable
from routing.rules import Rules, decide

EXAMPLES = 3
"""How many cases of each sort are told, the most urgent first."""

Sort = Literal["more", "fewer", "moved"]
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One case that would be different, in words.

    was, would: where it is and would be, and by which rule; why: what the latter saw.
    """

    source: str
    post_id: str
    brand: str
    who: str
    text: str
    was: str
    would: str
    why: str
    priority: int = field(default=0, repr=False)


@dataclass(slots=True)
class Tally:
    """Cases of one queue or of one rule: how many there were and would be, and what makes the difference.

    more: from no case; fewer: to no case; moved_in, moved_out: from and to another queue (or rule).
    """

    was: int = 0
    would: int = 0
    more: int = 0
    fewer: int = 0
    moved_in: int = 0
    moved_out: int = 0


@dataclass(slots=True)
class Difference:
    """What changed rules would have made of it. changed: mentions that would be decided otherwise.

    stopped: rule → the most cases it would open within the fuse's time, where that is over the fuse.
    """

    mentions: int = 0
    changed: int = 0
    cases_was: int = 0
    cases_would: int = 0
    more: int = 0
    fewer: int = 0
    moved: int = 0
    queues: dict[str, Tally] = field(default_factory=dict)
    rules: dict[str, Tally] = field(default_factory=dict)
    examples: dict[Sort, list[Example]] = field(
        default_factory=lambda: {"more": [], "fewer": [], "moved": []}
    )
    stopped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The mention that opens a case on one side, with the decisions of both."""

    past: PastDecision
    was: Decision
    would: Decision


def replay(
    past: Iterable[PastDecision], rules: Rules, *, progress: Callable[[int], None] | None = None
) -> Difference:
    """Decide everything again by `rules`, at the moment it was decided; `past` as Ledger.past tells it."""
    told = Difference()
    pace: Counter[tuple[str, int]] = Counter()
    for person, theirs in groupby(past, key=lambda one: one.person):
        if person is None:  # erased: nobody's posts belong together
            for one in theirs:
                _person([one], rules, told, pace, progress)
        else:
            _person(theirs, rules, told, pace, progress)
    for (rule, _), opened in pace.items():
        fuse = rules.fuse_of(rule)
        if fuse is not None and opened > fuse.cases:
            told.stopped[rule] = max(opened, told.stopped.get(rule, 0))
    return told


def _person(
    theirs: Iterable[PastDecision],
    rules: Rules,
    told: Difference,
    pace: Counter[tuple[str, int]],
    progress: Callable[[int], None] | None,
) -> None:
    was_open: dict[_Key, _Opened] = {}
    would_open: dict[_Key, _Opened] = {}
    brands: Counter[str] = Counter()  # cases there would be, by brand
    for one in theirs:
        mention = one.routable.mention
        key = mention.brand, mention.source, one.conversation
        here = key in would_open
        would = decide(_seen(one, here, brands[mention.brand] - here), rules, now=one.decided_at)
        told.mentions += 1
        told.changed += _fate(one.decision) != _fate(would)
        both = _Opened(one, one.decision, would)
        if not one.had_case:
            if one.decision.outcome is Outcome.ROUTE:
                was_open.setdefault(key, both)
            if would.outcome is Outcome.ROUTE and not here:
                would_open[key] = both
                brands[mention.brand] += 1
                _pace(pace, rules, would.rule, one.decided_at)
        if progress is not None:
            progress(told.mentions)
    for key in sorted(was_open.keys() | would_open.keys()):
        _compare(told, was_open.get(key), would_open.get(key))


def _seen(one: PastDecision, here: bool, elsewhere: int) -> Routable:
    """The mention with the cases there would have been: one here or not, and how many elsewhere."""
    thread = one.routable.thread
    is_open = (thread.open_case or here) and not one.case_closed
    earlier = 0 if one.is_site else thread.earlier_cases + elsewhere
    return replace(one.routable, thread=replace(thread, open_case=is_open, earlier_cases=earlier))


def _pace(pace: Counter[tuple[str, int]], rules: Rules, rule: str, at: datetime) -> None:
    fuse = rules.fuse_of(rule)
    if fuse is not None:
        pace[rule, int(at.timestamp() // fuse.within.total_seconds())] += 1


def _fate(decision: Decision) -> tuple[str, str, str]:
    return decision.outcome.value, decision.queue, decision.rule


def _compare(told: Difference, was: _Opened | None, would: _Opened | None) -> None:
    """One case on both sides, or on one."""
    if was is not None:
        told.cases_was += 1
        told.queues.setdefault(was.was.queue, Tally()).was += 1
        told.rules.setdefault(was.was.rule, Tally()).was += 1
    if would is not None:
        told.cases_would += 1
        told.queues.setdefault(would.would.queue, Tally()).would += 1
        told.rules.setdefault(would.would.rule, Tally()).would += 1
    if was is None and would is not None:
        told.more += 1
        told.queues[would.would.queue].more += 1
        told.rules[would.would.rule].more += 1
        _example(told, "more", would)
    elif would is None and was is not None:
        told.fewer += 1
        told.queues[was.was.queue].fewer += 1
        told.rules[was.was.rule].fewer += 1
        _example(told, "fewer", was)
    elif was is not None and would is not None:
        if was.was.rule != would.would.rule:
            told.rules[was.was.rule].moved_out += 1
            told.rules[would.would.rule].moved_in += 1
        if was.was.queue != would.would.queue:
            told.moved += 1
            told.queues[was.was.queue].moved_out += 1
            told.queues[would.would.queue].moved_in += 1
            _example(told, "moved", _Opened(would.past, was.was, would.would))


def _example(told: Difference, sort: Sort, one: _Opened) -> None:
    post = one.past.routable.thread.post
    kept = told.examples[sort]
    kept.append(
        Example(
            source=post.source,
            post_id=post.id,
            brand=one.past.routable.mention.brand,
            who=post.author.handle or post.author.name if post.author is not None else "",
            text=" ".join(f"{post.title} {post.text}".split())[:200],
            was=_place(one.was),
            would=_place(one.would),
            why=one.would.reasons[0].saw,
            priority=max(one.was.priority, one.would.priority),
        )
    )
    kept.sort(key=lambda example: -example.priority)
    del kept[EXAMPLES:]


def _place(decision: Decision) -> str:
    where = "dismissed" if decision.outcome is Outcome.DISMISS else decision.queue
    return f"{where} ({decision.rule})"
