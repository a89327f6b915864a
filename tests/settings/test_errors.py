"""What a person reads when the configuration is wrong: the place, the words, the mend, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.settings import ConfigError, load
from tests.settings.folders import BRANDS, ROUTING, SOURCES, problems, write

REST = "  - {name: z, dismiss: rest}\n"


@pytest.mark.parametrize(
    ("file", "text", "line", "key", "what", "mend"),
    [
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    handels: [a]\n",
            3,
            "brands[1].handels",
            '"handels" is not a key known here',
            'did you mean "handles"?',
            id="misspelt key",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    misspellings: strikt\n",
            3,
            "brands[1].misspellings",
            '"strikt" is not allowed here',
            'did you mean "strict"?',
            id="misspelt value",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    misspellings: off\n  - handles: [b]\n",
            4,
            "brands[2].name",
            'the key "name" is missing',
            "as people write it",
            id="brand without a name",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    handles: AHelp\n",
            3,
            "brands[1].handles",
            'should be a list, not "AHelp"',
            "after a dash",
            id="wrong type",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: 3\n",
            2,
            "brands[1].name",
            "should be a text, not the number 3",
            'put it in quotes: "3"',
            id="number for a text",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n  - name: a\n",
            3,
            "brands[2].name",
            'two brands are named "a"',
            "",
            id="two brands of one name",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    name: B\n",
            3,
            "brands[0].name",
            "is written twice; the first is in line 2",
            "keep one",
            id="key written twice",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n\thandles: [a]\n",
            3,
            "",
            "a tab stands where YAML wants spaces",
            "replace the tab",
            id="tab",
        ),
        pytest.param(
            "brands.yaml",
            'brands:\n  - name: "A\n    handles: [a]\n',
            4,
            "",
            "is not YAML",
            "never closed",
            id="open quote",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A: B\n",
            2,
            "",
            "is not YAML",
            "quote a text that holds",
            id="colon in a text",
        ),
        pytest.param(
            "brands.yaml",
            "brands:\n  - name: A\n    handles: [@a]\n",
            3,
            "",
            "is not YAML",
            "needs quotes",
            id="at sign",
        ),
        pytest.param(
            "brands.yaml", "", 1, "brands", 'the key "brands" is missing', "add it", id="empty file"
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - kind: blog\n    name: b\n",
            2,
            "sources[1]",
            '"blog" is no kind of source',
            'did you mean "blogs"?',
            id="misspelt kind",
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - name: b\n",
            2,
            "sources[1]",
            "does not say its kind",
            "one of blogs",
            id="no kind",
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - kind: x\n    name: x\n    mentions_of: [12]\n",
            4,
            "sources[1].mentions_of[1]",
            "should be a text, not the number 12",
            'put it in quotes: "12"',
            id="id as a number",
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - kind: x\n    name: x\n    brands: [Larkspurr]\n",
            4,
            "sources[1].brands[1]",
            '"Larkspurr" is not a brand of brands.yaml',
            'did you mean "Larkspur"?',
            id="brand that is not there",
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - kind: blogs\n    name: b\n    feeds: [not-an-address]\n",
            4,
            "sources[1].feeds[1]",
            '"not-an-address" is no web address',
            "https://",
            id="no address",
        ),
        pytest.param(
            "sources.yaml",
            "sources:\n  - kind: reddit\n    name: r\n    subreddits: [broadband uk]\n",
            4,
            "sources[1].subreddits[1]",
            '"broadband uk" has characters that cannot stand here',
            "such as BroadbandUK",
            id="no name of a subreddit",
        ),
        pytest.param(
            "routing.yaml",
            "rules:\n  - name: a\n    when: {topics: [outtage]}\n    route: support\n" + REST,
            3,
            "rules[1].when.topics[1]",
            '"outtage" is not a topic of the taxonomy',
            'did you mean "outage"?',
            id="topic that is not there",
        ),
        pytest.param(
            "routing.yaml",
            "rules:\n  - name: a\n    when: {severty_at_least: blame}\n    route: support\n" + REST,
            3,
            "rules[1].when.severty_at_least",
            '"severty_at_least" is not a key known here',
            'did you mean "severity_at_least"?',
            id="misspelt condition",
        ),
        pytest.param(
            "routing.yaml",
            "rules:\n  - name: a\n    route: suport\n",
            3,
            "rules[1].route",
            'no queue "suport"',
            'did you mean "support"?',
            id="queue that is not there",
        ),
        pytest.param(
            "routing.yaml",
            "queues:\n  support: {first_answer: soon}\n",
            2,
            "queues.support.first_answer",
            'a length of time is written like "15m"',
            "",
            id="no length of time",
        ),
        pytest.param(
            "routing.yaml",
            "calendars:\n  day:\n    hours: {mon: 9-5}\n",
            3,
            "calendars.day.hours.mon",
            '"9-5" is no opening',
            "",
            id="no opening hours",
        ),
        pytest.param(
            "routing.yaml",
            "calendars:\n  day:\n    hours: {monday: 09:00-17:00}\n",
            3,
            "calendars.day.hours.monday",
            '"monday" is not allowed here',
            'did you mean "mon"?',
            id="no weekday",
        ),
        pytest.param(
            "desk.yaml",
            "host: 0.0.0.0\n",
            1,
            "host",
            "loopback only",
            "",
            id="a host for everybody",
        ),
        pytest.param(
            "desk.yaml",
            "port: many\n",
            1,
            "port",
            'should be a whole number, not "many"',
            "a number",
            id="port",
        ),
        pytest.param(
            "desk.yaml",
            "time_zone: Europe/Londno\n",
            1,
            "time_zone",
            "no time zone",
            "",
            id="zone",
        ),
    ],
)
def test_one_mistake_is_one_clear_problem(
    tmp_path: Path, *, file: str, text: str, line: int, key: str, what: str, mend: str
) -> None:
    """File, line, key, what is wrong and the mend; no word of pydantic or PyYAML internals."""
    (problem,) = problems(write(tmp_path, **{file: text}))
    assert problem.file == tmp_path / file
    assert (problem.line, problem.key) == (line, key)
    assert what in problem.what
    assert mend in problem.mend
    assert "pydantic" not in str(problem)


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    """Nobody mends one line only to be told of the next."""
    folder = write(
        tmp_path,
        **{
            "brands.yaml": "brands:\n  - nmae: A\n    handles: b\n",
            "sources.yaml": "sources:\n  - kind: x\n",
            "desk.yaml": "prot: 1\n",
        },
    )
    assert [(problem.file.name, problem.line) for problem in problems(folder)] == [
        ("sources.yaml", 2),
        ("brands.yaml", 2),
        ("brands.yaml", 2),
        ("brands.yaml", 3),
        ("desk.yaml", 1),
    ]


def test_missing_files_name_the_command_that_writes_them(tmp_path: Path) -> None:
    """A folder without brands says so, and how to get a starter."""
    folder = write(tmp_path)
    (folder / "brands.yaml").unlink()
    (problem,) = problems(folder)
    assert problem.what == "is missing"
    assert "earnest config init" in problem.mend


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    """The folder itself is the problem, and there is only this one."""
    (problem,) = problems(tmp_path / "nowhere")
    assert problem.what == "does not exist"


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    """A file saved in an old encoding names the file and the mend."""
    folder = write(tmp_path)
    (folder / "brands.yaml").write_bytes(BRANDS.replace("Larkspur", "L\xe4rkspur").encode("latin-1"))
    (problem,) = problems(folder)
    assert "UTF-8" in problem.what


@pytest.mark.parametrize(
    ("file", "text", "key"),
    [
        (
            "sources.yaml",
            SOURCES + "    bearer_token: AAAAAAAAAAAAAAAAAAAAAbcdef\n",
            "sources[1].bearer_token",
        ),
        ("sources.yaml", SOURCES + "    client_secret: hush\n", "sources[1].client_secret"),
        (
            "sources.yaml",
            SOURCES + "    queries: [AAAAAAAAAAAAAAAAAAAAA" + "x" * 60 + "]\n",
            "sources[1].queries[1]",
        ),
        ("desk.yaml", "database: postgresql://earnest:hush@db/earnest\n", "database"),
        ("brands.yaml", BRANDS + "    password: hush\n", "brands[1].password"),
    ],
)
def test_secrets_in_files_are_refused_and_never_shown(tmp_path: Path, file: str, text: str, key: str) -> None:
    """The place is named, the environment is offered, and the value appears nowhere."""
    (problem,) = problems(write(tmp_path, **{file: text}))
    assert problem.key == key
    assert "secret" in problem.what
    assert "environment" in problem.mend
    assert "hush" not in str(problem)
    assert "AAAA" not in str(problem)


def test_the_message_of_the_error_holds_every_problem(tmp_path: Path) -> None:
    """Where only str(error) is logged, nothing is lost."""
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, **{"routing.yaml": ROUTING + "agegard: 3d\n"}))
    assert "routing.yaml:" in str(caught.value)
    assert "age_guard" in str(caught.value)
