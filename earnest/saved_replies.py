"""Saved replies: the team's own words for what is often asked, with fields that are filled in per case.

A reply is a Markdown file of `config/replies/`: a title (`# …`) and its text, and above them, where
wanted, a block between `---` lines with `topics:` (names from the taxonomy; none: fits every case) and
`fields:` (names of its own that the responder fills in by hand). In the text `{name}` is the person,
`{handle}` their handle, `{brand}` the brand, `{case}` the case's number and `{article}` the link of the
help article that fits best. What stays unfilled is marked, and the answer cannot be copied with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field, ValidationError

from earnest.config_errors import Problem, problems_of, suggest
from earnest.yaml_lines import read as read_yaml
from listeners.brand import Strict, Word
from routing.courtesy import FIELD, What, check

KNOWN = ("name", "handle", "brand", "case", "article")
"""The fields that the desk fills."""
LONGEST = 5000

_HEAD = re.compile(r"\A---\n(.*?\n)?---\n", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_FIELD_NAME = r"^[a-z][a-z0-9_]{0,29}$"


class Head(Strict):
    """What a saved reply says of itself above its text."""

    topics: tuple[Word, ...] = Field(default=(), description="topics it answers; none: it fits every case")
    fields: tuple[str, ...] = Field(
        default=(), max_length=20, description="names of fields that the responder fills in by hand"
    )


@dataclass(frozen=True, slots=True)
class SavedReply:
    """One saved reply. name: its file, without the ending; text: with its fields in braces."""

    name: str
    title: str
    text: str
    topics: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it uses, in their order."""
        return tuple(dict.fromkeys(FIELD.findall(self.text)))

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with what is known filled in; fields without a value stay in their braces."""
        return FIELD.sub(lambda field: values.get(field.group(1)) or field.group(), self.text)


def load_replies(folder: Path, topics: Collection[str]) -> tuple[tuple[SavedReply, ...], list[Problem]]:
    """Every saved reply of a folder, by name, and what is wrong with them, each with file and line.

    topics: the taxonomy's names. A folder that is not there has no replies.
    """
    replies: list[SavedReply] = []
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.md")) if folder.is_dir() else []:
        try:
            text = file.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            problems.append(
                Problem(file, what=f"is not UTF-8 text (byte {error.start + 1})", mend="save it as UTF-8")
            )
            continue
        except OSError as error:
            problems.append(
                Problem(file, what=f"cannot be read: {error.strerror}", mend="correct its permissions")
            )
            continue
        reply, wrong = read_reply(file, text, topics)
        problems += wrong
        if not wrong and reply is not None:
            replies.append(reply)
    return tuple(replies), problems


def read_reply(file: Path, text: str, topics: Collection[str]) -> tuple[SavedReply | None, list[Problem]]:
    """One file as a reply, or what is wrong with it."""
    head = Head()
    problems: list[Problem] = []
    above = 0
    if match := _HEAD.match(text):
        above = match.group().count("\n")
        head, problems = _head(file, match.group(1) or "", topics)
    body = text[match.end() :] if match else text
    lines = body.split("\n")
    at = next((n for n, line in enumerate(lines) if line.strip()), 0)
    title = lines[at].removeprefix("# ").strip() if lines[at].startswith("# ") else ""
    if not title:
        mend = "begin it with the title that responders choose by: # A refund on its way"
        problems.append(Problem(file, above + at + 1, 1, what="has no title", mend=mend))
    said = "\n".join(lines[at + 1 :] if title else lines[at:]).strip()
    start = body.find(said) if said else 0
    if not said:
        problems.append(
            Problem(file, above + at + 1, 1, what="has no words", mend="write the reply below the title")
        )
    elif len(said) > LONGEST:
        problems.append(
            Problem(file, above + at + 1, 1, what=f"is longer than {LONGEST} characters", mend="shorten it")
        )

    def problem(at: int, what: str, mend: str) -> Problem:
        before = body[: start + at]
        return Problem(file, above + before.count("\n") + 1, at - said.rfind("\n", 0, at), "", what, mend)

    problems += [problem(*wrong) for wrong in _in_text(said, head)]
    return SavedReply(file.stem, title, said, head.topics), problems


def fitting(replies: Sequence[SavedReply], topics: Collection[str], *, most: int = 6) -> list[SavedReply]:
    """The replies for these topics: those that share most with them first, then those for every case."""
    ranked = [(len(set(reply.topics) & set(topics)), reply) for reply in replies]
    ranked = [(shared, reply) for shared, reply in ranked if shared or not reply.topics]
    return [reply for _, reply in sorted(ranked, key=lambda pair: (-pair[0], pair[1].name))][:most]


def _head(file: Path, text: str, topics: Collection[str]) -> tuple[Head, list[Problem]]:
    document = read_yaml(text)
    problems = [
        Problem(file, flaw.place.line, flaw.place.column, flaw.key, flaw.what, flaw.mend)
        for flaw in document.flaws
    ]
    head = Head()
    if document.readable:
        try:
            head = Head.model_validate({} if document.data is None else document.data)
        except ValidationError as error:
            problems += problems_of(error, Head, document, file)
    for n, topic in enumerate(head.topics):
        if topic not in topics:
            place = document.place(("topics", n))
            what, mend = f'"{topic}" is not a topic of the taxonomy', suggest(topic, tuple(topics))
            problems.append(Problem(file, place.line, place.column, f"topics[{n + 1}]", what, mend))
    for n, field in enumerate(head.fields):
        place = document.place(("fields", n))
        if not re.match(_FIELD_NAME, field):
            mend = "write small letters, digits and _, such as date"
            problems.append(
                Problem(
                    file,
                    place.line,
                    place.column,
                    f"fields[{n + 1}]",
                    f'"{field}" is no name for a field',
                    mend,
                )
            )
        elif field in KNOWN:
            mend = "take it out: the desk fills it"
            problems.append(
                Problem(
                    file,
                    place.line,
                    place.column,
                    f"fields[{n + 1}]",
                    f'"{field}" is known to the desk',
                    mend,
                )
            )
    # The block's first line is the second of the file.
    return head, [replace(problem, line=problem.line + 1) for problem in problems]


def _in_text(said: str, head: Head) -> Iterator[tuple[int, str, str]]:
    """Unknown fields, braces that are no field, what the courtesy check stops: where, what, mend."""
    allowed = (*KNOWN, *head.fields)
    fields = list(FIELD.finditer(said))
    for field in fields:
        if field.group(1) not in allowed:
            mend = suggest(field.group(1), allowed) + "; or name it under fields:"
            yield (field.start(), f"the field {field.group()} is not known", mend)
    inside = {at for field in fields for at in range(field.start(), field.end())}
    for brace in _BRACE.finditer(said):
        if brace.start() not in inside:
            mend = "a field is a name in braces, such as {name}; write no other braces"
            yield (brace.start(), f"a lone {brace.group()} stands here", mend)
    for name in head.fields:
        if name not in {field.group(1) for field in fields}:
            yield (0, f'the field "{name}" is named above and not used', f"write {{{name}}} or take it out")
    for finding in check(said):
        if finding.stops and finding.what is not What.UNFILLED:
            yield (
                finding.start,
                f"the courtesy check stops this ({finding.what}): {finding.why}",
                finding.mend,
            )
