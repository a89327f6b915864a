"""Saved replies are read with their fields, or what is wrong is said with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from earnest.saved_replies import SavedReply, fitting, load_replies, read_reply
from nlp.topics import load

TOPICS = tuple(topic.name for topic in load().topics)
SHIPPED = Path(__file__).parents[2] / "config" / "replies"
GOOD = """---
topics: [refund]
fields: [date]
---
# A refund

Hi {name}, it is on its way.
You have it on {date}: {article}
"""


def test_a_reply_is_read_with_its_fields() -> None:
    """Title, text and topics; its name is its file's."""
    reply, problems = read_reply(Path("a-refund.md"), GOOD, TOPICS)
    assert not problems
    assert reply == SavedReply(
        "a-refund",
        "A refund",
        "Hi {name}, it is on its way.\nYou have it on {date}: {article}",
        ("refund",),
    )
    assert reply.fields == ("name", "date", "article")


def test_what_is_known_is_filled_in() -> None:
    """The rest stays in its braces, to be seen."""
    reply = SavedReply("a", "A", "Hi {name}, {name}! On {date}: {article}")
    assert (
        reply.filled({"name": "Maya {date}", "article": ""})
        == "Hi Maya {date}, Maya {date}! On {date}: {article}"
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("---\ntopics: [refunds]\n---\n# A\n\nx", 2, '"refunds" is not a topic'),
        ("---\ntopic: [refund]\n---\n# A\n\nx", 2, '"topic" is not a key'),
        ("---\nfields: [When]\n---\n# A\n\nx {When}", 2, "no name for a field"),
        ("---\nfields: [name]\n---\n# A\n\nx {name}", 2, "known to the desk"),
        ("---\nfields: [date]\n---\n# A\n\nx", 6, "named above and not used"),
        ("---\ntopics: [refund\n---\n# A\n\nx", 3, "is not YAML"),
        ("# A\n\nHi {nmae},\nx", 3, 'the field {nmae} is not known; did you mean "name"'),
        ("# A\n\nHi\nand {that", 4, "a lone {"),
        ("Hi there", 1, "has no title"),
        ("# A\n", 1, "has no words"),
        ("# A\n\nGet 20% off with code SAVE20!", 3, "the courtesy check stops this"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    """One problem each, with the mend."""
    _, problems = read_reply(Path("x.md"), text, TOPICS)
    told = [f"{p.what}; {p.mend}" for p in problems if p.line == line]
    assert any(said in one for one in told), problems
    assert all(problem.mend for problem in problems)


def test_replies_for_the_topic_come_first() -> None:
    """Then those for every case; those for other topics not at all."""
    every, refund, both = (
        SavedReply("every", "E", "x"),
        SavedReply("refund", "R", "x", ("refund",)),
        SavedReply("both", "B", "x", ("refund", "billing")),
    )
    outage = SavedReply("outage", "O", "x", ("outage",))
    assert fitting([every, outage, refund, both], ["refund", "billing"]) == [both, refund, every]


def test_the_shipped_replies_are_right() -> None:
    """Each is read, and the courtesy check lets it pass."""
    replies, problems = load_replies(SHIPPED, TOPICS)
    assert not problems
    assert len(replies) >= 5


def test_a_broken_file_is_said(tmp_path: Path) -> None:
    """By its name; no folder is no replies."""
    (tmp_path / "a.md").write_bytes(b"# A\n\n\xff")
    assert [p.file.name for p in load_replies(tmp_path, TOPICS)[1]] == ["a.md"]
    assert load_replies(tmp_path / "none", TOPICS) == ((), [])
