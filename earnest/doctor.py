"""What Earnest needs and whether it is there, each finding with its mend.

No network is asked; an identity provider that desk.yaml names is.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from zoneinfo import ZoneInfo

from packaging.requirements import Requirement

from earnest.config_errors import ConfigError
from earnest.ledger.probe import has_full_text_search, sqlite_version
from earnest.settings import Settings, load, secrets
from listeners.hosts import hosts_of
from listeners.registry import required_secrets

NEEDED_MIB, COMFORT_MIB = 200, 2000
"""Free disk below which a run would soon fail, and below which it is time to look."""

MANY_HOSTS = 20
"""So many hosts, asked one after another at a second each, make a pass tedious."""


class How(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, what was seen, and the mend where one is needed."""

    name: str
    how: How
    saw: str
    mend: str = ""


def examine(config: Path) -> Iterator[Finding]:
    """Everything in turn; a failed part never hides the ones after it."""
    yield _python()
    yield _packages()
    yield from _extras()
    yield _sqlite()
    yield _zones()
    yield _model()
    try:
        settings = load(config)
    except ConfigError as error:
        for problem in error.problems:
            key = f"{problem.key}: " if problem.key else ""
            yield Finding("config", How.FAIL, f"{problem.place}: {key}{problem.what}", problem.mend)
        yield from (_disk(Path.cwd()), _port(8321))
        return
    sources, brands = len(settings.sources), len(settings.brands)
    yield Finding("config", How.OK, f"{config}: {brands} brands, {sources} sources")
    yield from _own_model(settings)
    yield from _examples(settings)
    yield _hosts(settings)
    yield from _keys(settings)
    yield from _receivers(settings)
    yield from identity_provider(settings)
    yield from _database(settings)
    yield _disk(settings.data_dir)
    yield _port(settings.desk.port)


def _python() -> Finding:
    here = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info < (3, 14):
        return Finding("python", How.OK, here)
    return Finding("python", How.FAIL, here, "use Python 3.11, 3.12 or 3.13")


def _packages() -> Finding:
    wrong = []
    try:
        needs = [Requirement(line) for line in requires("earnest") or ()]
    except PackageNotFoundError:
        return Finding("packages", How.FAIL, "earnest itself is not installed", "make install")
    for need in needs:
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(need.name)
        except PackageNotFoundError:
            wrong.append(f"{need.name} is missing")
            continue
        if not need.specifier.contains(found, prereleases=True):
            wrong.append(f"{need.name} is {found}, wanted {need.specifier}")
    if wrong:
        return Finding("packages", How.FAIL, "; ".join(wrong), "make install")
    return Finding("packages", How.OK, "all there, in versions that fit")


_EXTRAS = {
    "postgres": ("psycopg", "needed only for a ledger on PostgreSQL"),
    "elasticsearch": ("elasticsearch", "needed only for search in Elasticsearch"),
    "airflow": ("apache-airflow", "needed only to run the DAGs"),
}


def _extras() -> Iterator[Finding]:
    there, absent = [], []
    for extra, (package, why) in _EXTRAS.items():
        try:
            there.append(f"{extra} {version(package)}")
        except PackageNotFoundError:
            absent.append(f"{extra} not installed ({why})")
    yield Finding("extras", How.OK, "; ".join([*there, *absent]))


def _sqlite() -> Finding:
    if has_full_text_search():
        return Finding("sqlite", How.OK, f"{sqlite_version()} with full-text search")
    mend = "use a Python whose sqlite3 has FTS5 (those of python.org, Debian and uv have it)"
    return Finding("sqlite", How.FAIL, f"{sqlite_version()} without full-text search", mend)


def _zones() -> Finding:
    try:
        ZoneInfo("Europe/London")
    except LookupError:
        return Finding("time zones", How.FAIL, "the system has none", "install tzdata (apt or pip)")
    return Finding("time zones", How.OK, "known")


def _model() -> Finding:
    from nlp.complaints import ComplaintModel  # noqa: PLC0415 - loads numpy and the weights
    from nlp.weights import BadWeights  # noqa: PLC0415

    try:
        model = ComplaintModel.load()
    except BadWeights as error:
        return Finding("model", How.FAIL, str(error))
    return Finding("model", How.OK, f"weights {model.version}")


def _own_model(settings: Settings) -> Iterator[Finding]:
    from earnest import own_model  # noqa: PLC0415 - loads numpy

    own = own_model.current(settings.data_dir)
    if own is None:
        return
    made = str(own.about.get("made_at", ""))[:10]
    if own.out_of_date:
        what = f"{own.version} of {made} stands on other shipped weights; the shipped model judges"
        yield Finding("own model", How.WARN, what, "train it again: earnest train")
    else:
        yield Finding("own model", How.OK, f"{own.version} of {made} is in use; back: earnest train --back")


def _examples(settings: Settings) -> Iterator[Finding]:
    from earnest.brand_examples import wrong_examples  # noqa: PLC0415 - loads the brand finder

    for problem in wrong_examples(settings.brands, settings.folder / "brands.yaml"):
        yield Finding("brands", How.WARN, f"{problem.place}: {problem.what}", problem.mend)


def _hosts(settings: Settings) -> Finding:
    hosts = len({host for source in settings.sources for host in hosts_of(source)})
    at_once = min(settings.desk.hosts_at_once, hosts)
    if hosts == 1:
        return Finding("listening", How.OK, "one host")
    if at_once == 1 and hosts >= MANY_HOSTS:
        mend = "raise hosts_at_once in desk.yaml: no host is asked by two at once whatever it says"
        return Finding("listening", How.WARN, f"{hosts} hosts, one after another", mend)
    how = "one after another" if at_once == 1 else f"up to {at_once} at the same time"
    return Finding("listening", How.OK, f"{hosts} hosts, {how}")


def _keys(settings: Settings) -> Iterator[Finding]:
    missing = settings.missing_secrets()
    have = secrets()
    for source in settings.sources:
        needed = required_secrets(source)
        if not needed:
            yield Finding(f"source {source.name}", How.OK, "needs no key")
        elif lacking := missing.get(source.name):
            mend = f"set {'it' if len(lacking) == 1 else 'them'} in the environment, or take the source out"
            yield Finding(f"source {source.name}", How.WARN, f"{', '.join(lacking)} not set", mend)
        else:
            found = f"{', '.join(name for name in needed if name in have)} set"
            yield Finding(f"source {source.name}", How.OK, f"{found}; earnest try {source.name} asks it")


def _receivers(settings: Settings) -> Iterator[Finding]:
    from earnest.telling.webhooks import Hook, NotReady  # noqa: PLC0415 - most tell nobody

    for hook in settings.desk.tell.webhooks:
        try:
            Hook(hook, secrets())
        except NotReady as missing:
            what, _, mend = str(missing).partition("; ")
            yield Finding(f"webhook {hook.name}", How.WARN, what, mend)
        else:
            yield Finding(f"webhook {hook.name}", How.OK, f"{hook.signed_with} set")


def identity_provider(settings: Settings) -> Iterator[Finding]:
    """Whether the provider that desk.yaml names answers with what a sign-in needs; nothing where none is."""
    from earnest.desk.oidc import NotSignedIn, Provider  # noqa: PLC0415 - most sign in with passwords
    from earnest.door_settings import VARIABLE  # noqa: PLC0415
    from listeners.listener import utcnow  # noqa: PLC0415

    provider = Provider.of(settings.desk.oidc, clock=utcnow)
    if provider is None:
        return
    secret = (
        "set" if os.environ.get(VARIABLE, "").strip() else "not set, so this desk is a public client there"
    )
    try:
        provider.check()
    except NotSignedIn as silent:
        mend = "correct oidc in desk.yaml; a provider of your own network stands in its allow"
        yield Finding("sign-in elsewhere", How.WARN, f"{provider.settings.issuer}: {silent.why}", mend)
        return
    yield Finding("sign-in elsewhere", How.OK, f"{provider.settings.issuer} answers; {VARIABLE} {secret}")


def _database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - heavy, and not needed where config fails
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    from earnest.ledger import Ledger  # noqa: PLC0415
    from earnest.ledger.errors import LedgerError  # noqa: PLC0415

    try:
        url = make_url(settings.database)
    except ArgumentError:
        mend = "write sqlite:///path/to/file.db or postgresql+psycopg://user@host/name"
        yield Finding("database", How.FAIL, "the address of the database is not understood", mend)
        return
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database:
        file = Path(url.database)
        folder = _existing(file.parent)
        if not os.access(folder, os.W_OK):
            yield Finding("database", How.FAIL, f"{folder} may not be written", "correct its permissions")
            return
        if not file.exists():
            yield Finding("database", How.OK, f"{shown} (made by the first run)")
            return
    try:
        with Ledger.open(settings.database) as ledger:
            failing = [row for row in ledger.statuses() if not row.healthy]
    except LedgerError as error:
        yield Finding("database", How.FAIL, str(error))
        return
    yield Finding("database", How.OK, shown)
    for row in failing:
        yield Finding(
            f"source {row.listener}", How.WARN, f"the last poll failed: {row.error}", "earnest status"
        )


def _disk(folder: Path) -> Finding:
    there = _existing(folder)
    free = shutil.disk_usage(there).free // 2**20
    saw = f"{free:,} MiB free at {there}"
    if free < NEEDED_MIB:
        return Finding("disk", How.FAIL, saw, "free some space, or choose another data_dir in desk.yaml")
    if free < COMFORT_MIB:
        return Finding("disk", How.WARN, saw, "a hundred thousand posts take about 500 MiB; free some space")
    return Finding("disk", How.OK, saw)


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            mend = "the desk takes the next free one, or choose another: earnest serve --port"
            return Finding("port", How.WARN, f"{port} is in use", mend)
    return Finding("port", How.OK, f"{port} is free")


def _existing(folder: Path) -> Path:
    """The nearest folder above that exists."""
    return next((path for path in (folder, *folder.absolute().parents) if path.is_dir()), Path.cwd())
