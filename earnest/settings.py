"""A folder of configuration, read whole: sources, brands, rules and the desk, or every problem at once.

Files are sources.yaml and brands.yaml (needed); routing.yaml, desk.yaml and topics.yaml have defaults.
Secrets come from the environment only and are never part of `Settings`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from earnest.config_errors import ConfigError, Problem, dotted, hidden_secrets, leaves, problems_of, suggest
from earnest.door_settings import Limits, Oidc
from earnest.saved_replies import load_replies
from earnest.telling.settings import Telling
from earnest.yaml_lines import Document, read
from listeners.brand import Brand, Strict
from listeners.registry import required_secrets
from listeners.sources import AnySource
from nlp.mode import DEFAULT as DEFAULT_MODE
from nlp.mode import Mode
from nlp.topics import Taxonomy
from nlp.topics import load as load_taxonomy
from routing.hours import Duration, ZoneName
from routing.misfit import Misfit, misfit_error
from routing.rules import Rules

__all__ = [
    "FILES",
    "BrandsFile",
    "ConfigError",
    "DeskSettings",
    "Problem",
    "Settings",
    "SourcesFile",
    "load",
    "load_rules",
    "secrets",
]

DATABASE = "EARNEST_DATABASE"
"""The environment variable that names another database (an SQLAlchemy URL, password included)."""


class SourcesFile(Strict):
    """sources.yaml: where to listen."""

    sources: tuple[AnySource, ...] = Field(min_length=1, description="where to listen, one after a dash each")

    @model_validator(mode="after")
    def _apart(self) -> SourcesFile:
        _told_apart("sources", [source.name for source in self.sources])
        return self


class BrandsFile(Strict):
    """brands.yaml: whom to listen for."""

    brands: tuple[Brand, ...] = Field(min_length=1, description="whom to listen for, one after a dash each")

    @model_validator(mode="after")
    def _apart(self) -> BrandsFile:
        _told_apart("brands", [brand.name for brand in self.brands])
        return self


def _told_apart(list_name: str, names: Sequence[str]) -> None:
    misfits = [
        Misfit((list_name, index, "name"), f'two {list_name} are named "{name}"; give each its own name')
        for index, name in enumerate(names)
        if name.casefold() in {earlier.casefold() for earlier in names[:index]}
    ]
    if misfits:
        raise misfit_error(misfits)


class DeskSettings(Strict):
    """desk.yaml: the desk, where it keeps things, and how much one pass may read."""

    team: str = Field(default="", max_length=80, description="the team's name, shown at the top of the desk")
    time_zone: ZoneName = Field(default="UTC", description="times on the desk are shown in this zone")
    host: str = Field(default="127.0.0.1", description="loopback only, unless behind_tls and with sign-in")
    behind_tls: str = Field(
        default="",
        max_length=200,
        pattern=r"^(https://[^/\s?#@]+)?$",
        description="the https:// address under which a proxy shows the desk, without a path",
    )
    proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"), max_length=20, description="addresses of that proxy, if behind_tls"
    )
    idle_minutes: int = Field(default=60, ge=5, le=1440, description="a session unused for so long ends")
    session_hours: int = Field(
        default=12, ge=1, le=168, description="a session ends after so long in any case"
    )
    oidc: Oidc | None = Field(default=None, description="an identity provider whose people may come in")
    limits: Limits = Field(default=Limits(), description="how much one person may ask for in a minute")
    port: int = Field(default=8321, ge=0, le=65535, description="the next free one is taken if it is busy")
    lease_minutes: int = Field(default=5, ge=1, le=240, description="a case not touched for so long is free")
    reopen_within: Duration = Field(
        default="14d",
        validate_default=True,
        description="a later post reopens its case; after that, a new case",
    )
    database: str = Field(
        default="", description="SQLAlchemy URL without password; empty: earnest.db in data_dir"
    )
    data_dir: str = Field(default="", description="folder of all that is stored; empty: var beside this")
    model: Mode = Field(default=DEFAULT_MODE, description="how much work is spent on understanding each post")
    tell: Telling = Field(
        default=Telling(), description="who is told what happens to cases; nobody, where it is left out"
    )
    requests_per_pass: int = Field(default=100, ge=1, description="requests to one source in one pass")
    seconds_per_pass: float = Field(default=120.0, gt=0, description="time for one source in one pass")
    hosts_at_once: int = Field(
        default=8, ge=1, le=64, description="hosts asked at the same time; 1: one after another"
    )

    @model_validator(mode="after")
    def _reachable(self) -> DeskSettings:
        if self.host not in {"127.0.0.1", "::1", "localhost"} and not self.behind_tls:
            words = "without behind_tls the desk listens on loopback only: write 127.0.0.1"
            raise misfit_error([Misfit(("host",), words)])
        return self


File = TypeVar("File", bound=BaseModel)

FILES: dict[str, type[BaseModel]] = {
    "sources.yaml": SourcesFile,
    "brands.yaml": BrandsFile,
    "routing.yaml": Rules,
    "desk.yaml": DeskSettings,
    "topics.yaml": Taxonomy,
}
"""file → its model. topics.yaml replaces the shipped taxonomy (nlp/topics.yaml) where it exists."""
_NEEDED = ("sources.yaml", "brands.yaml")


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration, checked.

    folder: where it was read. taxonomy: None for the shipped one. data_dir: where files are written;
    created by whoever writes first. database: SQLAlchemy URL; it may hold a password, so no repr has it.
    """

    folder: Path
    sources: tuple[AnySource, ...]
    brands: tuple[Brand, ...]
    rules: Rules
    desk: DeskSettings
    taxonomy: Taxonomy | None
    data_dir: Path
    database: str = field(repr=False)

    @property
    def knowledge(self) -> Path:
        """The folder of help articles (may not exist)."""
        return self.folder / "knowledge"

    @property
    def replies(self) -> Path:
        """The folder of saved replies (may not exist)."""
        return self.folder / "replies"

    @property
    def topics(self) -> tuple[str, ...]:
        """The names of the taxonomy's topics."""
        return tuple(topic.name for topic in (self.taxonomy or load_taxonomy()).topics)

    def missing_secrets(self, environment: Mapping[str, str] | None = None) -> dict[str, tuple[str, ...]]:
        """Source name → environment variables it still needs; sources that have theirs are left out."""
        have = secrets(environment)
        missing = {
            source.name: tuple(name for name in required_secrets(source) if not have.get(name))
            for source in self.sources
        }
        return {name: names for name, names in missing.items() if names}


_ASKED_FOR = ("X_", "REDDIT_", "MASTODON_", "BLUESKY_", "EARNEST_SECRET_", "EARNEST_NOTIFY_")


def secrets(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The environment's variables that listeners and receivers may ask for, stripped; nothing else of it."""
    environment = os.environ if environment is None else environment
    return {
        name: value.strip()
        for name, value in environment.items()
        if name.startswith(_ASKED_FOR) and value.strip()
    }


def load(config: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check a folder. Raises ConfigError with every problem of every file."""
    environment = os.environ if environment is None else environment
    folder = Path(config)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        mend = f"name the folder that holds sources.yaml, or make one: earnest config init {folder}"
        raise ConfigError([Problem(folder, what=what, mend=mend)])
    sources, brands = _read(folder, "sources.yaml", SourcesFile), _read(folder, "brands.yaml", BrandsFile)
    rules, desk = _read(folder, "routing.yaml", Rules), _read(folder, "desk.yaml", DeskSettings)
    files: list[_Loaded[Any]] = [sources, brands, rules, desk]
    topics: _Loaded[Taxonomy] | None = None
    if (folder / "topics.yaml").exists():
        files.append(topics := _read(folder, "topics.yaml", Taxonomy))
    problems = [problem for file in files for problem in file.problems]
    taxonomy = topics.model if topics is not None else None
    known_topics = tuple(topic.name for topic in (taxonomy or load_taxonomy()).topics)
    if rules.model is not None and any(rule.names_topics for rule in rules.model.rules):
        problems += _unknown(rules, {"topics"}, known_topics, "a topic of the taxonomy")
    problems += load_replies(folder / "replies", known_topics)[1]
    if rules.model is not None:
        hours = ("always", *rules.model.calendars)
        problems += _unknown(desk, {"hours"}, hours, "under calendars in routing.yaml")
        problems += _unknown(desk, {"queues"}, tuple(rules.model.queues), "a queue of routing.yaml")
    if brands.model is not None:
        names = tuple(brand.name for brand in brands.model.brands)
        for file in (sources, rules):
            problems += _unknown(file, {"brand", "brands"}, names, "a brand of brands.yaml")
    if problems or not (sources.model and brands.model and rules.model and desk.model):
        raise ConfigError(problems)
    where = desk.model.data_dir
    data_dir = (folder / where if where else folder.resolve().parent / "var").resolve()
    database = environment.get(DATABASE, "").strip() or desk.model.database
    return Settings(
        folder=folder,
        sources=sources.model.sources,
        brands=brands.model.brands,
        rules=rules.model,
        desk=desk.model,
        taxonomy=taxonomy,
        data_dir=data_dir,
        database=database or f"sqlite:///{data_dir / 'earnest.db'}",
    )


def load_rules(file: Path, settings: Settings) -> Rules:
    """Other rules than those of the configuration, checked against it. Raises ConfigError."""
    if not file.is_file():
        raise ConfigError([Problem(file, what="is missing", mend="name a file written like routing.yaml")])
    rules = _read(file.parent, file.name, Rules)
    problems = [*rules.problems]
    if rules.model is not None and any(rule.names_topics for rule in rules.model.rules):
        known = tuple(topic.name for topic in (settings.taxonomy or load_taxonomy()).topics)
        problems += _unknown(rules, {"topics"}, known, "a topic of the taxonomy")
    names = tuple(brand.name for brand in settings.brands)
    problems += _unknown(rules, {"brand"}, names, "a brand of brands.yaml")
    if problems or rules.model is None:
        raise ConfigError(problems)
    return rules.model


@dataclass(frozen=True, slots=True)
class _Loaded(Generic[File]):
    """One file: what it says, where each part stands, and what is wrong with it."""

    file: Path
    model: File | None = None
    document: Document | None = None
    problems: tuple[Problem, ...] = ()


def _read(folder: Path, name: str, model: type[File]) -> _Loaded[File]:
    """One file as its model, or its problems. A missing optional file gives the defaults."""
    file = folder / name
    try:
        document = read(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if name not in _NEEDED:
            return _Loaded(file, model.model_validate({}))
        mend = f"write one, or copy the commented starter: earnest config init {folder}"
        return _Loaded(file, problems=(Problem(file, what="is missing", mend=mend),))
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start + 1})"
        return _Loaded(file, problems=(Problem(file, what=what, mend="save it as UTF-8"),))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        return _Loaded(file, problems=(Problem(file, what=what, mend="correct its permissions"),))
    found = [
        Problem(file, flaw.place.line, flaw.place.column, flaw.key, flaw.what, flaw.mend)
        for flaw in document.flaws
    ]
    checked: File | None = None
    if document.readable:
        found += hidden_secrets(document, file)
        try:
            checked = model.model_validate({} if document.data is None else document.data)
        except ValidationError as error:
            known = {problem.key for problem in found}
            found += [p for p in problems_of(error, model, document, file) if p.key not in known]
    found.sort(key=lambda problem: (problem.line, problem.column))
    return _Loaded(file, checked, document, tuple(found))


def _unknown(loaded: _Loaded[Any], keys: set[str], names: tuple[str, ...], sort: str) -> Iterator[Problem]:
    """Values under `keys` that another file does not know."""
    if loaded.document is None:
        return
    folded = {name.casefold() for name in names}
    for loc, value in leaves(loaded.document.data):
        if not (keys & set(loc)) or not isinstance(value, str) or value.strip().casefold() in folded:
            continue
        place = loaded.document.place(loc)
        what = f'"{value}" is not {sort}'
        yield Problem(loaded.file, place.line, place.column, dotted(loc), what, suggest(value, names))
