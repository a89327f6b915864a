"""From the desk's labels to a model of one's own: gathers, learns, compares, keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earnest import desk_labels, own_model
from earnest.ledger import Ledger
from earnest.ledger.judgements import gone, said
from earnest.settings import Settings
from nlp.complaints import ComplaintModel
from nlp.labelled import Labelled, read_labelled

if TYPE_CHECKING:
    from nlp.training.learning import Candidate, Progress


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn from. base: the data set, if given. about: how many of what, for the record."""

    desk: tuple[Labelled, ...]
    base: tuple[Labelled, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)


def gather(
    ledger: Ledger, *, files: Sequence[Path] = (), data: Sequence[Path] = (), desk: bool = True
) -> Lesson:
    """The ledger's labels (unless not `desk`), those of `files`, and the data set. Raises BadFile.

    Of posts that were erased here nothing is learnt, also where a file still has them. Of one text the
    ledger's label counts before a file's, and a complaint to any brand makes it a complaint.
    """
    labels = desk_labels.settled(said(ledger.database)) if desk else []
    by_text: dict[str, Labelled] = {}
    for one in labels:
        if one.teaches and not (one.text in by_text and by_text[one.text].complaint):
            by_text[one.text] = one.labelled()
    about: dict[str, Any] = {"desk": len(by_text), "desk_version": desk_labels.version(labels), "files": []}
    for file in files:
        rows = list(desk_labels.read(file))
        erased = gone(ledger.database, sorted({key for key, _ in rows if all(key)}))
        fresh = {post.text: post for key, post in rows if key not in erased and post.text not in by_text}
        by_text |= fresh
        about["files"].append(
            {"file": file.name, "rows": len(rows), "learnt": len(fresh), "erased": len(erased)}
        )
    base = [post for file in data for post in read_labelled(file) if post.text not in by_text]
    return Lesson(tuple(by_text.values()), tuple(base), about | {"data": len(base)})


def learn(settings: Settings, lesson: Lesson, *, progress: Progress | None = None) -> Candidate:
    """A new model from `lesson`, compared with the one in use. Raises TooFew; ImportError without sklearn."""
    from nlp.training import learning  # noqa: PLC0415 - loads scipy: only when asked

    folder, mode = own_model.in_use(settings), settings.desk.model
    if not lesson.base:
        as_a_pass = ComplaintModel.load(folder, mode=mode, of_mentions=True)
        return learning.from_labels(lesson.desk, as_a_pass, progress=progress)
    from nlp.training import whole  # noqa: PLC0415 - needs scikit-learn

    old = ComplaintModel.load(folder, mode=mode)
    return whole.learn(lesson.base, lesson.desk, old, progress=progress)


def keep(settings: Settings, lesson: Lesson, made: Candidate, *, now: datetime) -> own_model.OwnModel:
    """Put the new model in use, with the record of how it came about."""
    about = {"made_at": now, "learnt_from": lesson.about, "comparisons": made.comparisons}
    return own_model.put_in_use(settings.data_dir, made.save, about)
