"""What a notice says: which cases, where they stand at the desk, and no word of anybody unless asked for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

from earnest.ledger import Ledger
from earnest.ledger.errors import NoSuchCase
from earnest.ledger.outbox import Message
from earnest.overview import Overview
from earnest.telling.settings import Notice

WORDS_SHOWN = 200
"""Characters of a post that a notice shows at most."""

_HAPPENED = {
    "opened": "is new",
    "urgent": "is urgent",
    "overdue": "is overdue",
    "resolved": "is resolved",
    "reopened": "is open again",
    "came_back": "is back: its person wrote again",
    "withdrawn": "is withdrawn: its person took it back",
    "handed_over": "was handed to {}",
    "called": "has a note that calls {}",
}
_COUNTED = {
    "opened": "new", "urgent": "urgent", "overdue": "overdue", "resolved": "resolved",
    "reopened": "open again", "came_back": "back", "withdrawn": "withdrawn", "handed_over": "handed over",
    "called": "called", "fuse": "rule stopped", "deaf": "source needs a look",
    "heard_again": "source heard again", "digest": "digest",
}  # fmt: skip
_LINK = re.compile(r"\w+://\S+|\bwww\.\S+", re.IGNORECASE)


def title(messages: Sequence[Message]) -> str:
    """What a notice is about, in numbers: "Earnest: 2 new, 1 urgent"."""
    counts = Counter(message.topic for message in messages)
    return "Earnest: " + ", ".join(
        f"{counts[topic]} {_COUNTED[topic]}" for topic in _COUNTED if counts[topic]
    )


def line(message: Message, notice: Notice, ledger: Ledger, desk: str) -> str:
    """One message as a line with its link. desk: the address of the desk.

    Words are read when they are sent: what was erased since is not among them.
    """
    match message.topic:
        case "fuse":
            return f'The rule "{message.about}" is stopped: it opens too many cases. {desk}/status'
        case "deaf":
            return f'The source "{message.about}" needs a look: we may be deaf there. {desk}/coverage'
        case "heard_again":
            return f'The source "{message.about}" is heard again. {desk}/coverage'
    whom = {"".join(name.casefold().split()): name for name in notice.colleagues}
    said = _HAPPENED[message.topic].format(whom.get(message.about, message.about))
    words = f" {_words(message.case_id, ledger)}" if notice.words and message.case_id is not None else ""
    return f"Case {message.case_id} {said}. {desk}/cases/{message.case_id}{words}"


def digest(seen: Overview, notice: Notice, desk: str) -> tuple[str, str]:
    """What waits, as title and text: numbers, case numbers and links."""
    heading = f"Earnest: {seen.open} wait, {seen.overdue} overdue"
    lines = [
        f"{_people(seen.open)} open; nobody has taken {seen.free} of them. "
        f"{seen.overdue} overdue, {seen.soon} due within the hour. {desk}/"
    ]
    if seen.oldest:
        longest = seen.oldest[0]
        since = _span((seen.now - longest.since).total_seconds())
        lines.append(f"Waiting longest: case {longest.case_id}, for {since}. {desk}/cases/{longest.case_id}")
    shown = [queue for queue in seen.queues if not notice.queues or queue.queue in notice.queues]
    lines += [f"{queue.queue}: {queue.open} open, {queue.overdue} overdue" for queue in shown]
    lines += [
        f"Spreading: case {story.case_id}, {story.echoes} echoes. {desk}/cases/{story.case_id}"
        for story in seen.stories
    ]
    lines += [f'The source "{one.source}" needs a look: {one.why}. {desk}/coverage' for one in seen.deaf]
    lines += [
        f'The rule "{fuse.rule}" is stopped and holds {fuse.held}. {desk}/status' for fuse in seen.stopped
    ]
    return heading, "\n".join(lines)


def defused(text: str) -> str:
    """A stranger's words as one short line that does nothing in a chat: no link, no call, no mark-up."""
    text = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)
    text = " ".join(_LINK.sub("[link]", text).split())
    for sign, other in _SIGNS.items():
        text = text.replace(sign, other)
    return text if len(text) <= WORDS_SHOWN else f"{text[: WORDS_SHOWN - 1].rstrip()}…"


_SIGNS: Mapping[str, str] = {
    "@": "＠", "<": "‹", ">": "›", "[": "(", "]": ")", "`": "'",
    "*": "∗", "_": "‗", "~": "∼", "|": "¦", "#": "＃",
}  # fmt: skip
"""What chats read as calls and mark-up, and what looks like it and is read as nothing."""


def _words(case_id: int, ledger: Ledger) -> str:
    try:
        row = ledger.case(case_id).case
    except NoSuchCase:
        return ""
    said = "" if row.left_alone or not row.text else f' {defused(row.handle)}: "{defused(row.text)}"'
    return f"({row.queue}){said}"


def _people(count: int) -> str:
    return "1 case is" if count == 1 else f"{count} cases are"


def _span(seconds: float) -> str:
    days, hours = divmod(int(seconds // 3600), 24)
    return (
        f"{days} days" if days > 1 else f"{24 * days + hours} hours" if days or hours else "less than an hour"
    )
