"""The stages as jobs: each opens what it needs, does its part, and closes it again.

For schedulers that run every step in a process of its own, such as the DAGs. The folder of the
configuration comes from EARNEST_CONFIG, the keys of the networks from the environment. A job may run
again at any time, or beside others: what is done already is not done twice.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from earnest.ledger import Ledger
from earnest.pipeline import PollReport, feed_index, listen, route, understand
from earnest.settings import Settings, load, secrets

CONFIG = "EARNEST_CONFIG"
_FOR_A_PERSON = {"Refused", "Gone"}  # asking again mends nothing


@dataclass(frozen=True, slots=True)
class Heard:
    """How listening to one source went.

    new: posts stored for the first time. asked: queries that were due. failures: in words, one per
    query that failed. hopeless: all that was asked failed, and only a person can mend it.
    waiting: posts of any source wait to be understood.
    """

    new: int
    asked: int
    failures: tuple[str, ...]
    hopeless: bool
    waiting: bool

    @property
    def failed(self) -> bool:
        """Nothing that was asked could be heard."""
        return bool(self.failures) and len(self.failures) == self.asked


@dataclass(frozen=True, slots=True)
class Understood:
    """What one shard understood. waiting: mentions wait to be routed."""

    posts: int
    mentions: int
    waiting: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What one shard decided."""

    opened: int
    extended: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Said:
    """How telling went. problems: who could not be told and why. hopeless: those only a person can mend."""

    told: int
    problems: tuple[str, ...]
    hopeless: tuple[str, ...]


def settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The configuration EARNEST_CONFIG names. Raises LookupError where it names none, ConfigError."""
    folder = (os.environ if environment is None else environment).get(CONFIG, "")
    if not folder:
        raise LookupError(f"set {CONFIG} to the folder that holds sources.yaml and brands.yaml")
    return load(Path(folder), environment=environment)


def source_names() -> list[str]:
    """The configured sources, by name."""
    return [source.name for source in settings().sources]


def listen_to(name: str) -> Heard:
    """Ask one source for what is new. Raises LookupError where the configuration has no such source."""
    whole = settings()
    chosen = tuple(source for source in whole.sources if source.name == name)
    if not chosen:
        raise LookupError(f"sources.yaml has no source named {name!r} any more")
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        reports = listen(replace(whole, sources=chosen), ledger)
        asked = [report for report in reports if not report.not_due]
        failed = [report for report in asked if report.error_kind]
        hopeless = len(failed) == len(asked) and all(r.error_kind in _FOR_A_PERSON for r in failed)
        return Heard(
            new=sum(report.intake.new for report in asked),
            asked=len(asked),
            failures=tuple(map(_in_words, failed)),
            hopeless=bool(failed) and hopeless,
            waiting=bool(ledger.posts_to_analyze(1)),
        )


def understand_shard(shard: int, of: int) -> Understood:
    """Understand what waits in one of `of` shards, counted from 0."""
    from earnest.preview import analyzer_of  # noqa: PLC0415 - loads spaCy and the model

    whole = settings()
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        posts, mentions = 0, 0
        if ledger.posts_to_analyze(1, (shard, of)):  # nothing to do is no reason to load a model
            posts, mentions = understand(ledger, analyzer_of(whole), shard=(shard, of))
        return Understood(posts, mentions, waiting=bool(ledger.mentions_to_route(1)))


def route_shard(shard: int, of: int) -> Decided:
    """Decide what waits in one of `of` shards, counted from 0."""
    whole = settings()
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        routed = route(ledger, whole.rules, reopen=whole.desk.reopen_within, shard=(shard, of))
        return Decided(routed.cases_opened, routed.cases_extended, routed.dismissed)


def index() -> int:
    """Bring search up to date; returns documents taken in or deleted."""
    from earnest.search.home import open_index  # noqa: PLC0415 - may load Elasticsearch's client

    whole = settings()
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        return feed_index(ledger, open_index(ledger, whole.data_dir))


def recheck(seconds: float = 600.0) -> dict[str, int]:
    """Ask the networks what is gone, let go of it, and tell search; counts over all networks.

    Keys: asked, gone, expired, overdue (of networks whose keys are missing too).
    """
    from earnest.keeping import keep_faith  # noqa: PLC0415 - loads the networks' clients

    whole = settings()
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        reports = keep_faith(whole, ledger, secrets=secrets(), seconds=seconds)
    index()
    names = ("asked", "gone", "expired", "overdue")
    return {name: sum(getattr(report, name) for report in reports) for name in names}


def tell() -> Said:
    """Tell everybody in desk.yaml what waits for them."""
    from earnest.telling.passing import tell_everybody  # noqa: PLC0415 - few are told anything

    whole = settings()
    with Ledger.open(whole.database, rules=whole.rules) as ledger:
        reports = tell_everybody(whole, ledger, secrets())
    failed = [report for report in reports if report.problem]
    hopeless = [report for report in failed if report.dead or not report.failed]
    return Said(
        told=sum(report.told for report in reports),
        problems=tuple(f"{report.target}: {report.problem}" for report in failed),
        hopeless=tuple(f"{report.target}: {report.problem}" for report in hopeless),
    )


def _in_words(report: PollReport) -> str:
    return f"{report.query or report.listener}: {report.error}"
