"""A folder that is fine: what it becomes, and what the environment adds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from earnest.brand_examples import wrong_examples
from earnest.settings import load, secrets
from earnest.yaml_lines import read
from nlp.urgency import LEVELS
from routing.conditions import Stake
from routing.rules import Rules
from tests.settings.folders import write

STARTER = Path(__file__).parents[2] / "config"


def test_the_starter_is_fine() -> None:
    """The commented configuration that newcomers copy has no problem."""
    settings = load(STARTER, environment={})
    assert [brand.name for brand in settings.brands] == ["Larkspur"]
    assert {source.kind for source in settings.sources} == {"x", "reddit", "blogs"}


def test_the_starter_names_its_own_brand_rightly() -> None:
    """Its examples mean the brand, its counter-examples do not."""
    assert list(wrong_examples(load(STARTER, environment={}).brands, STARTER / "brands.yaml")) == []


def test_the_starter_writes_out_the_default_rules() -> None:
    """Without a routing.yaml the rules are those that the starter shows."""
    starter = load(STARTER, environment={}).rules
    assert starter.rules == Rules().rules
    assert starter.weights == Rules().weights
    assert {name: queue.first_answer for name, queue in starter.queues.items()} == {
        name: queue.first_answer for name, queue in Rules().queues.items()
    }


def test_a_wrong_example_is_found_with_its_line(tmp_path: Path) -> None:
    """A brand that would not be found in its own example says so, with the place."""
    text = "brands:\n  - name: Larkspur\n    examples:\n      - my hub is broken\n"
    folder = write(tmp_path, **{"brands.yaml": text})
    (problem,) = wrong_examples(load(folder, environment={}).brands, folder / "brands.yaml")
    assert (problem.line, problem.key) == (4, "brands[1].examples[1]")


def test_optional_files_have_defaults(tmp_path: Path) -> None:
    """sources and brands are enough."""
    settings = load(write(tmp_path), environment={})
    assert settings.rules == Rules()
    assert settings.desk.port == 8321
    assert settings.desk.reopen_within == timedelta(days=14)
    assert settings.taxonomy is None


def test_everything_is_stored_beside_the_folder(tmp_path: Path) -> None:
    """The default database lies in var beside the folder, not in it."""
    folder = tmp_path / "config"
    folder.mkdir()
    settings = load(write(folder), environment={})
    assert settings.data_dir == tmp_path / "var"
    assert settings.database == f"sqlite:///{tmp_path / 'var' / 'earnest.db'}"


def test_the_environment_names_another_database(tmp_path: Path) -> None:
    """A URL with a password comes from the environment, and no repr shows it."""
    url = "postgresql+psycopg://earnest:hush@db/earnest"
    settings = load(write(tmp_path), environment={"EARNEST_DATABASE": url})
    assert settings.database == url
    assert "hush" not in repr(settings)


def test_missing_secrets_are_named_per_source(tmp_path: Path) -> None:
    """Each source says which variables it still needs."""
    folder = write(
        tmp_path, **{"sources.yaml": "sources:\n  - {kind: x, name: x}\n  - {kind: reddit, name: r}\n"}
    )
    settings = load(folder, environment={})
    environment = {"X_BEARER_TOKEN": "t", "REDDIT_CLIENT_ID": "i", "REDDIT_CLIENT_SECRET": " "}
    assert settings.missing_secrets(environment) == {"r": ("REDDIT_CLIENT_SECRET", "REDDIT_USER_AGENT")}


def test_secrets_are_only_what_listeners_ask_for() -> None:
    """The rest of the environment stays out of reach."""
    assert dict(secrets({"X_BEARER_TOKEN": " t\n", "HOME": "/", "EARNEST_DATABASE": "u"})) == {
        "X_BEARER_TOKEN": "t"
    }


def test_a_taxonomy_of_ones_own(tmp_path: Path) -> None:
    """topics.yaml replaces the shipped one, and rules may name its topics."""
    topics = "topics:\n  - {name: parcels, words: [parcel*]}\n  - {name: other}\n"
    rules = "rules:\n  - {name: a, when: {topics: [parcels]}, route: support}\n  - {name: z, dismiss: rest}\n"
    settings = load(write(tmp_path, **{"topics.yaml": topics, "routing.yaml": rules}), environment={})
    assert settings.taxonomy is not None
    assert settings.taxonomy.topics[0].name == "parcels"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("10:30", "10:30"),
        ("007", "007"),
        ("true", True),
        ("7", 7),
        ("1.5", 1.5),
    ],
)
def test_words_stay_words(text: str, value: object) -> None:
    """YAML 1.2: only true and false are truth values, and a time of day is no number."""
    assert read(f"key: {text}").data == {"key": value}


def test_places_point_at_values_and_keys() -> None:
    """Line and column as an editor shows them."""
    document = read("a:\n  - b: 1\n    cc: [2, 3]\n")
    assert document.place(("a", 0, "cc", 1)) == document.place(("a", 0, "list", "cc", 1))
    assert (
        document.place(("a", 0, "cc"), key=True).line,
        document.place(("a", 0, "cc"), key=True).column,
    ) == (3, 5)


def test_stakes_are_those_of_the_analyzer() -> None:
    """What rules may name is what nlp finds."""
    assert set(Stake.__args__) == set(LEVELS)
