"""The saved replies of a folder, filled in for one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from earnest.desk import labels
from earnest.desk.knowledge import Shelf
from earnest.ledger.views import CaseView
from earnest.saved_replies import SavedReply, fitting, load_replies
from routing.courtesy import FIELD


@dataclass(frozen=True, slots=True)
class Ready:
    """A saved reply, filled in as far as the case tells. left: fields for the responder to fill in."""

    name: str
    title: str
    text: str
    left: tuple[str, ...]


class ReplyShelf:
    """The replies of a folder. Files are read anew when one of them changes; broken ones are left out."""

    def __init__(self, folder: Path, topics: Sequence[str]) -> None:
        """Name the folder, which may not exist, and the taxonomy's topics."""
        self.folder = folder
        self._topics = topics
        self._stamp: object = None
        self._replies: tuple[SavedReply, ...] = ()

    def ready(self, view: CaseView, topics: Sequence[str], shelf: Shelf) -> list[Ready]:
        """The replies that fit a case, with the fields filled in that the desk knows.

        {article} is an article about the reply's own topic; for a reply to everything, about the case's.
        """
        self._read()
        values = fields_of(view)
        said = " ".join(f"{item.post.title} {item.post.text}" for item in view.thread if item.in_case)
        ready = [
            (
                reply,
                reply.filled(values | {"article": _plain(shelf.link_about(said, reply.topics or topics))}),
            )
            for reply in fitting(self._replies, topics)
        ]
        return [Ready(r.name, r.title, text, tuple(dict.fromkeys(FIELD.findall(text)))) for r, text in ready]

    def _read(self) -> None:
        files = sorted(self.folder.glob("*.md")) if self.folder.is_dir() else []
        stamp = [(path, path.stat().st_mtime_ns) for path in files]
        if stamp != self._stamp:
            self._replies, _ = load_replies(self.folder, self._topics)
            self._stamp = stamp


def fields_of(view: CaseView) -> dict[str, str]:
    """What the desk knows for the fields of a reply; "" where it does not. Braces in names are dropped."""
    row = view.case
    first, *rest = row.name.split() or [""]
    called = first if first and rest else row.name
    handle = labels.handle_name(row.source, row.handle)
    known = {
        "name": called or handle,
        "handle": handle,
        "brand": row.brand,
        "case": str(row.case_id),
    }
    return {name: _plain(value) for name, value in known.items()}


def _plain(value: str) -> str:
    """A value that cannot be taken for another field."""
    return "".join(c for c in value if c.isprintable() and c not in "{}")
