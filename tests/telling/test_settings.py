"""What is wrong under `tell` in desk.yaml is said with its place and its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.folders import problems, write

HOOK = """tell:
  webhooks:
    - name: cases
      url: {url}
      signed_with: {secret}
      topics: [{topic}]
"""
FINE = {"url": "https://cases.example/hook", "secret": "EARNEST_SECRET_CASES", "topic": "opened"}


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        pytest.param({"url": "http://cases.example/hook"}, 3, "plain http can be read", id="plain http"),
        pytest.param({"url": "cases.example"}, 4, "not an http or https address", id="no address"),
        pytest.param({"url": "https://me@cases.example"}, 4, "user name", id="user name"),
        pytest.param({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, 5, "", id="a secret itself"),
        pytest.param({"topic": "opend"}, 6, '"opend" is not allowed', id="unknown topic"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, wrong: dict[str, str], line: int, said: str
) -> None:
    """At the line where it stands."""
    (problem,) = problems(write(tmp_path, **{"desk.yaml": HOOK.format(**FINE | wrong)}))
    assert (problem.line, problem.file.name) == (line, "desk.yaml")
    assert said in problem.what


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """An https address, a named secret."""
    assert problems(write(tmp_path, **{"desk.yaml": HOOK.format(**FINE)})) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param("to: slack://TOKEN/TOKEN/TOKEN", "", id="the address itself"),
        pytest.param(
            "to: EARNEST_NOTIFY_LEADS\n      hours: nights", "under calendars", id="no such calendar"
        ),
        pytest.param("to: EARNEST_NOTIFY_LEADS\n      queues: [attic]", "a queue of", id="no such queue"),
        pytest.param('to: EARNEST_NOTIFY_LEADS\n      digest: "25:00"', "", id="no time of day"),
        pytest.param("to: EARNEST_NOTIFY_LEADS\n      topics: []", "is told nothing", id="nothing to tell"),
        pytest.param(
            "to: EARNEST_NOTIFY_LEADS\n      at_any_hour: [opened]",
            "not under its topics",
            id="another topic",
        ),
    ],
)
def test_a_mistake_in_a_notice_is_told(tmp_path: Path, wrong: str, said: str) -> None:
    """And an address that stands in the file by mistake is not repeated."""
    text = f"tell:\n  notices:\n    - name: leads\n      {wrong}\n"
    (problem,) = problems(write(tmp_path, **{"desk.yaml": text}))
    assert said in problem.what
    assert "TOKEN" not in repr(problem)


def test_two_receivers_of_one_name_are_refused(tmp_path: Path) -> None:
    """The log could not tell them apart."""
    one = HOOK.format(**FINE)
    (problem,) = problems(write(tmp_path, **{"desk.yaml": one + one.split("webhooks:\n")[1]}))
    assert 'two receivers are named "cases"' in problem.what
