"""The arrows between the rooms, read from the imports themselves."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("listeners", "nlp", "routing", "earnest", "dags")
MAY_IMPORT = {
    "listeners": {"listeners"},
    "nlp": {"nlp", "listeners"},
    "routing": {"routing", "nlp", "listeners"},
    "earnest": {"earnest", "routing", "nlp", "listeners"},
    "dags": {"dags", "earnest", "routing", "nlp", "listeners"},
}
STORAGE_AND_WEB = {"sqlalchemy", "alembic", "sqlite3", "psycopg", "fastapi", "starlette", "uvicorn", "jinja2"}
AIRFLOW = {"airflow"}


def modules(room: str) -> list[Path]:
    """Every Python file of a room."""
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every absolute module name a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room: str) -> None:
    """A room imports only itself and the rooms before it."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in set(ROOMS) - MAY_IMPORT[room]
    ]
    assert not wrong


@pytest.mark.parametrize("room", ["listeners", "nlp", "routing"])
def test_stages_know_no_storage_web_or_airflow(room: str) -> None:
    """The three stages import neither a database, nor a web framework, nor Airflow."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in STORAGE_AND_WEB | AIRFLOW
    ]
    assert not wrong


def test_only_the_ledger_writes_sql() -> None:
    """Outside earnest/ledger nobody builds statements; naming an engine's type is no statement."""
    allowed = {"Engine", "create_engine"}
    wrong = []
    for path in modules("earnest"):
        if path.is_relative_to(ROOT / "earnest" / "ledger"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
                wrong += [
                    f"{path.relative_to(ROOT)}: {alias.name}"
                    for alias in node.names
                    if alias.name not in allowed and not node.module.endswith(("exc", "engine"))
                ]
            if isinstance(node, ast.Import):
                wrong += [
                    f"{path.relative_to(ROOT)}: {alias.name}"
                    for alias in node.names
                    if alias.name.split(".")[0] in {"sqlalchemy", "sqlite3", "psycopg"}
                ]
    assert not wrong


def test_only_listeners_talk_to_the_networks() -> None:
    """The clients of the networks are imported by the listeners alone."""
    clients = {"tweepy", "praw", "prawcore", "feedparser", "mastodon", "atproto"}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room in ("nlp", "routing", "earnest", "dags")
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in clients
    ]
    assert not wrong


@pytest.mark.parametrize("room", ["listeners", "nlp", "routing"])
def test_generic_names_are_this_projects(room: str) -> None:
    """The top-level names are common words; what is imported must be ours, not another package's."""
    module = importlib.import_module(room)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_config_holds_data_only() -> None:
    """No Python hides in config/."""
    assert not list((ROOT / "config").rglob("*.py"))


def test_dags_only_wire() -> None:
    """A DAG file imports Airflow and the standard library at its top, the project only inside tasks."""
    wrong = []
    for path in modules("dags"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            wrong += [f"{path.name} imports {n}" for n in names if n.split(".")[0] in set(ROOMS) - {"dags"}]
    assert not wrong
