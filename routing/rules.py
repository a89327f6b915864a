"""The rules of routing.yaml and the one function that applies them: the first rule that is met decides.

`decide` is pure: the same mention, thread, rules and clock give the same decision, with its reasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from listeners.brand import Strict, Word
from listeners.post import require_utc
from routing.clocks import Terms
from routing.conditions import Met, When
from routing.decision import Decision, Outcome, Reason, Routable
from routing.defaults import DEFAULTS
from routing.hours import Calendar, Duration, due_at, in_words
from routing.misfit import Misfit, misfit_error
from routing.priority import RULE_MAX, RULE_MIN, Weights, explain, total, waited_in_words

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9 _-]*$", max_length=60)]


class Queue(Strict):
    """Where cases wait for people."""

    description: str = Field(default="", max_length=300, description="who works here, on what")
    first_answer: Duration = Field(description="open time until a first answer is due, such as 4h")
    next_answer: Duration | None = Field(
        default=None, description="the same for each later answer; first_answer where it is not written"
    )
    calendar: Key = Field(default="always", description="a name under calendars; always is round the clock")
    skills: tuple[Key, ...] = Field(default=(), description="what a responder must have to be offered these")


class Fuse(Strict):
    """How many new cases one rule may open in how long, before people are asked."""

    cases: int = Field(default=1000, ge=1, description="new cases that one rule may open")
    within: Duration = Field(
        default="1h", validate_default=True, description="in so long, such as 1h; counted back from now"
    )


class Rule(Strict):
    """One line of judgement: when its conditions hold (and `unless` does not), it decides."""

    name: Word
    when: When = Field(default_factory=When, description="all must hold; empty holds always")
    unless: When | None = Field(default=None, description="not when all of these hold")
    route: Key | None = Field(default=None, description="the queue that gets it")
    dismiss: Annotated[str, StringConstraints(min_length=3, max_length=300)] | None = Field(
        default=None, description="no case; the reason, in words for people"
    )
    priority: int = Field(default=0, ge=RULE_MIN, le=RULE_MAX, description="points added by hand")
    due: Duration | None = Field(default=None, description="instead of the queue's first_answer")
    skills: tuple[Key, ...] = Field(default=(), description="beside those of the queue")
    fuse: bool = Field(default=True, description="false: never stopped, however many cases it opens")

    @model_validator(mode="after")
    def _one_outcome(self) -> Rule:
        if (self.route is None) == (self.dismiss is None):
            raise ValueError(f'rule "{self.name}" needs either route: QUEUE or dismiss: REASON')
        if self.dismiss is not None and (self.due or self.priority or self.skills or not self.fuse):
            raise ValueError(
                f'rule "{self.name}" dismisses; due, priority, skills, fuse are for rules that route'
            )
        return self

    @property
    def names_topics(self) -> bool:
        """Whether a condition speaks of topics, which only the taxonomy knows."""
        return any(when is not None and when.topics is not None for when in (self.when, self.unless))

    @property
    def always(self) -> bool:
        """Whether it holds for every mention."""
        return self.unless is None and self.when == When()


class Rules(Strict):
    """routing.yaml. Without a file these are the rules that config/routing.yaml writes out."""

    calendars: dict[Key, Calendar] = Field(default_factory=dict, description="opening hours by name")
    queues: dict[Key, Queue] = Field(
        default_factory=lambda: DEFAULTS["queues"], validate_default=True, min_length=1
    )
    rules: tuple[Rule, ...] = Field(
        default_factory=lambda: DEFAULTS["rules"],
        validate_default=True,
        min_length=1,
        description="in order; the first whose conditions hold decides",
    )
    weights: Weights = Field(default_factory=Weights, description="points of priority")
    age_guard: Duration | None = Field(
        default=timedelta(days=14),
        description="older posts open no case, so that a backfill floods no queue; null switches it off",
    )

    fuse: Fuse | None = Field(
        default_factory=Fuse,
        description="stops a rule that opens too many cases at once, and tells; null switches it off",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Rules:
        if misfits := [*self._queue_misfits(), *self._rule_misfits()]:
            raise misfit_error(misfits)
        return self

    def _queue_misfits(self) -> Iterator[Misfit]:
        for name, queue in self.queues.items():
            if queue.calendar != "always" and queue.calendar not in self.calendars:
                known = ("always", *self.calendars)
                yield Misfit(("queues", name, "calendar"), f'no calendar "{queue.calendar}"', known)
            elif queue.first_answer > (most := self._open_in_a_year(name)):
                yield Misfit(("queues", name, "first_answer"), _TOO_LONG.format(in_words(most)))
            elif queue.next_answer is not None and queue.next_answer > most:
                yield Misfit(("queues", name, "next_answer"), _TOO_LONG.format(in_words(most)))

    def _rule_misfits(self) -> Iterator[Misfit]:
        names = [rule.name for rule in self.rules]
        for index, rule in enumerate(self.rules):
            if rule.name in names[:index]:
                what = f'two rules are named "{rule.name}"; reasons are told apart by the name'
                yield Misfit(("rules", index, "name"), what)
            if rule.route is not None and rule.route not in self.queues:
                yield Misfit(("rules", index, "route"), f'no queue "{rule.route}"', tuple(self.queues))
            elif rule.route and rule.due and rule.due > (most := self._open_in_a_year(rule.route)):
                yield Misfit(("rules", index, "due"), _TOO_LONG.format(in_words(most)))
            if rule.always and index + 1 < len(self.rules):
                what = f'rule "{rule.name}" holds for everything, so no rule after it is ever reached'
                yield Misfit(("rules", index), what)
        if not self.rules[-1].always:
            what = "the last rule must hold for everything (no when), so that every mention is decided"
            yield Misfit(("rules", len(self.rules) - 1), what)

    def _open_in_a_year(self, queue: str) -> timedelta:
        name = self.queues[queue].calendar
        calendar = _ALWAYS if name == "always" else self.calendars.get(name, _ALWAYS)
        return 52 * calendar.weekly

    @cached_property
    def version(self) -> str:
        """Content hash: the same rules have the same version, wherever they were written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def calendar(self, queue: str) -> Calendar:
        """The opening hours a queue works by."""
        name = self.queues[queue].calendar
        return _ALWAYS if name == "always" else self.calendars[name]

    def terms(self, queue: str) -> Terms:
        """What a queue promises; one that is written no more answers round the clock, within a workday."""
        if queue not in self.queues:
            return Terms(_ALWAYS, _WORKDAY)
        terms = self.queues[queue]
        return Terms(self.calendar(queue), terms.next_answer or terms.first_answer)

    def fuse_of(self, rule: str) -> Fuse | None:
        """The fuse that a rule has; None where it has none."""
        unfused = {one.name for one in self.rules if not one.fuse}
        return None if rule in unfused else self.fuse


_ALWAYS = Calendar()
_WORKDAY = timedelta(hours=8)
_TOO_LONG = "more than these opening hours have in a year ({})"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule looked at: whether it was met, and every condition with what it saw."""

    rule: str
    met: bool
    saw: tuple[Met, ...]
    unless: tuple[Met, ...] = ()

    @property
    def words(self) -> str:
        """The conditions that settled it, in words."""
        if self.met:
            return "; ".join(met.saw for met in self.saw)
        failed = [met.saw for met in self.saw if not met.held]
        return "; ".join(failed or (f"but {met.saw}" for met in self.unless))


def look(rule: Rule, item: Routable, *, now: datetime) -> Step:
    """Hold one rule against a mention; pure."""
    saw = tuple(rule.when.check(item, now=now))
    met = all(one.held for one in saw)
    unless: tuple[Met, ...] = ()
    if met and rule.unless is not None:
        unless = tuple(rule.unless.check(item, now=now))
        met = not all(one.held for one in unless)
    return Step(rule.name, met, saw, unless if not met else ())


def steps(item: Routable, rules: Rules, *, now: datetime) -> list[Step]:
    """Every rule up to the one that decides, in order: the whole answer to "why?"."""
    return [step for _, step in _walk(item, rules, now)]


def _walk(item: Routable, rules: Rules, now: datetime) -> Iterator[tuple[Rule, Step]]:
    for rule in rules.rules:
        step = look(rule, item, now=now)
        yield rule, step
        if step.met:
            return


def decide(item: Routable, rules: Rules, *, now: datetime) -> Decision:
    """Route or dismiss one mention, with every reason; pure. `now` is UTC.

    The first reason is the rule that decided. Routed: the points of priority follow. Dismissed: what
    the model made of the post follows, and the priority is what it would have had.
    """
    require_utc("now", now)
    *_, (rule, step) = _walk(item, rules, now)  # the last rule always holds: `Rules` sees to it
    if rule.route is None:
        return _dismissed(item, rules, now, Reason(rule.name, _sentence(f"{rule.dismiss}", step.words)))
    age = now - item.thread.post.created_at
    if rules.age_guard is not None and age > rules.age_guard and not item.thread.open_case:
        old = waited_in_words(int(age.total_seconds() // 60))
        return _dismissed(
            item,
            rules,
            now,
            Reason(
                "age guard", f"written {old} ago, over {in_words(rules.age_guard)}: too old to open a case"
            ),
            Reason(rule.name, f"would have gone to {rule.route}: {step.words}"),
        )
    queue = rules.queues[rule.route]
    reasons = (Reason(rule.name, step.words, rule.priority), *explain(item, rules.weights, now=now))
    first, later = rule.due or queue.first_answer, queue.next_answer or queue.first_answer
    if rule.due is not None:
        later = min(later, rule.due)
    calendar = rules.calendar(rule.route)
    started = min(item.thread.post.created_at, now)  # a clock ahead of ours must not give us more time
    return Decision(
        outcome=Outcome.ROUTE,
        reasons=reasons,
        queue=rule.route,
        priority=total(reasons),
        due=due_at(calendar, started, first.total_seconds() / 60),
        next_due=due_at(calendar, started, later.total_seconds() / 60),
        skills=tuple(dict.fromkeys((*queue.skills, *rule.skills))),
        rules=rules.version,
    )


def _sentence(why: str, saw: str) -> str:
    return f"{why} ({saw})" if saw else why


def _dismissed(item: Routable, rules: Rules, now: datetime, *reasons: Reason) -> Decision:
    return Decision(
        Outcome.DISMISS,
        (*reasons, *_judged(item)),
        priority=total(explain(item, rules.weights, now=now)),
        rules=rules.version,
    )


def _judged(item: Routable) -> tuple[Reason, ...]:
    """What the model made of it, so that a dismissed mention still shows what was seen."""
    judgement = item.mention.judgement
    if judgement is None:
        return ()
    topics = f", about {', '.join(judgement.topics)}" if judgement.topics else ""
    asks = ", asks for help" if judgement.asks_help else ""
    return (Reason("judgement", f"complaint probability {judgement.complaint:.2f}{topics}{asks}"),)
