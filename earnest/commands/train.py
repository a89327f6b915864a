"""`earnest train`: a model that has learnt from the desk, or the one there was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    FAILED,
    USAGE,
    Config,
    Json,
    console,
    example,
    fail,
    opened,
    print_json,
    settings_from,
    table,
    tell,
)

if TYPE_CHECKING:
    from earnest.learning import Lesson
    from earnest.settings import Settings
    from nlp.training.learning import Candidate, Progress

EXAMPLES = example(
    "earnest train --dry-run                        what the labels of your desk would change",
    "earnest train                                  learn from them, and use the new model if it is no worse",
    "earnest train --labels labels.csv              also from labels of another installation",
    "earnest train --data train.csv                 with the data set of the shipped weights: all anew",
    "earnest train --back                           the model that was in use before",
)

_NAMES = {
    "macro_f1": "macro-F1",
    "precision": "precision",
    "recall": "recall",
    "recall_at_point": "recall at the operating point",
    "log_loss": "log loss (less is better)",
}


def train(
    *,
    config: Config = DEFAULT_CONFIG,
    data: Annotated[
        list[Path] | None, typer.Option("--data", metavar="FILE.csv", help="Columns tweet, label, severity.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", metavar="FILE.csv", help="Of `earnest labels export`.")
    ] = None,
    desk: Annotated[bool, typer.Option("--desk/--no-desk", help="Learn from this ledger's labels.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare only; the model stays.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Use the model before this one again.")] = False,
    json: Json = False,
) -> None:
    """Learn from what people at the desk said, and use the new model if it is no worse than the old.

    Without --data the shipped weights are moved a little by the labels; with it everything is trained
    anew. Old and new are compared on posts that neither has learnt from. The new model lies in the data
    folder; posts that come from now on are judged by it. Exit 1: refused, too few labels, or no way back.
    """
    settings = settings_from(config)
    if back:
        _back(settings)
        return
    from earnest.learning import gather, keep, learn
    from nlp.labelled import BadFile
    from nlp.training.learning import TooFew

    with opened(settings) as ledger:
        try:
            lesson = gather(ledger, files=labels or (), data=data or (), desk=desk)
        except BadFile as error:
            fail(str(error), "see `earnest evaluate --help` for the columns", code=USAGE)
        now = ledger.clock()
    try:
        with _shown(quiet=json) as progress:
            made = learn(settings, lesson, progress=progress)
    except TooFew as error:
        fail(str(error), "labels come from the work at the desk; see how many there are: earnest labels")
    except ImportError as error:
        fail(f"--data trains all anew, and {error.name} is not installed", "pip install 'earnest[dev]'")
    kept = None if made.worse or dry_run else keep(settings, lesson, made, now=now)
    if json:
        told = {"learnt_from": lesson.about, "comparisons": made.comparisons, "worse": made.worse}
        print_json(told | {"in_use": kept.version if kept else None, "dry_run": dry_run})
    else:
        _show(lesson, made)
    if made.worse:
        for reason in made.worse:
            tell(f"worse: {reason}")
        tell("Refused: the model in use stays." if not dry_run else "It would be refused.")
        raise typer.Exit(FAILED)
    if kept is not None:
        tell(f"Model {kept.version} is in use for what comes from now on; back: earnest train --back")
    elif dry_run:
        tell("It would be used. Nothing was written.")


def _back(settings: Settings) -> None:
    from earnest.own_model import go_back

    try:
        former = go_back(settings.data_dir)
    except LookupError as error:
        fail(str(error), "make one: earnest train")
    typer.echo(f"model {former.version} is in use again" if former else "the shipped model is in use again")


def _show(lesson: Lesson, made: Candidate) -> None:
    about: dict[str, Any] = lesson.about
    parts = [f"{about['desk']} labels of the desk"] if about["desk"] else []
    parts += [f"{one['learnt']} of {one['file']}" for one in about["files"]]
    parts += [f"{about['data']} posts of the data set"] if about["data"] else []
    typer.echo(f"learnt from {', '.join(parts)}")
    for name, figures in made.comparisons.items():
        head = f"on {name}: {figures['n']} posts, {figures['complaints']} complaints, unseen by both"
        if name == "our own words":
            head = f"on {name}: {figures['n']} posts; what was known must not be unlearnt"
        shown = table("figure", ("now", "right"), ("new", "right"), ("difference (95%)", "right"), title=head)
        for key, said in _NAMES.items():
            old, new = (_with_interval(figures[key][side]) for side in ("old", "new"))
            shown.add_row(said, old, new, _with_interval(figures[key]["difference"], sign="+"))
        console().print(shown)


def _with_interval(one: dict[str, Any], sign: str = "") -> str:
    low, high = one["interval"]
    return f"{one['value']:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Progress | None]:
    """A bar on stderr while the block runs, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    screen = Console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    with Bar(console=screen, transient=True) as bar:
        task = bar.add_task("learning", total=None)

        def progress(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        yield progress
