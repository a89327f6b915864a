"""`earnest evaluate`: how good the complaint model is on labelled posts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earnest.commands.common import USAGE, Json, console, example, fail, print_json, table, tell

if TYPE_CHECKING:
    from nlp.cascade import Mode
    from nlp.labelled import Labelled

EXAMPLES = example(
    "earnest evaluate labelled.csv                the shipped model on posts it has not seen",
    "earnest evaluate labelled.csv --folds 5      train afresh on these posts, judging each unseen",
    "earnest evaluate labelled.csv --json         the same figures for programs",
)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Columns tweet, label; also severity and domain.")
    ],
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="0: the shipped weights. 2 or more: cross-validation.")
    ] = 0,
    mode: Annotated[str, typer.Option("--mode", help="fast, balanced or thorough.")] = "balanced",
    json: Json = False,
) -> None:
    """Score the complaint model on a CSV of labelled posts.

    The shipped weights have seen their training data: for honest figures on it, use --folds.
    """
    from nlp.cascade import MODES
    from nlp.labelled import BadFile, read_labelled

    if mode not in MODES:
        fail(f"there is no mode {mode!r}", f"choose one of {', '.join(MODES)}", code=USAGE)
    if folds == 1:
        fail("one fold leaves nothing to train on", "use --folds 5, or 0 for the shipped weights", code=USAGE)
    try:
        posts = read_labelled(file)
    except BadFile as error:
        fail(str(error), "see `earnest evaluate --help` for the columns", code=USAGE)
    found = _by_folds(file, posts, folds, mode) if folds else _shipped(posts, mode)
    if json:
        print_json(found)
    else:
        _show(found)


def _shipped(posts: list[Labelled], mode: Mode) -> dict[str, Any]:
    from nlp.complaints import ComplaintModel
    from nlp.evaluation import evaluate_posts

    model = ComplaintModel.load(mode=mode)
    seen = model.has_seen([post.text for post in posts])
    found = {
        "how": f"shipped weights {model.version}, {model.mode}",
        "mode": model.mode,
        "seen_in_training": seen,
    }
    if seen:
        tell(
            f"note: the shipped weights were trained on {seen} of these {len(posts)} posts; "
            "--folds 5 judges each post unseen"
        )
    return found | evaluate_posts(posts, model)


def _by_folds(file: Path, posts: list[Labelled], folds: int, mode: Mode) -> dict[str, Any]:
    try:
        from nlp.training.folds import cross_validate
    except ImportError as error:
        fail(f"--folds trains, and {error.name} is not installed", "pip install 'earnest[dev]'")
    smaller = min(sum(post.complaint for post in posts), sum(not post.complaint for post in posts))
    if smaller < 2 * folds:
        fail(
            f"{file}: too few posts of one label ({smaller}) for {folds} folds",
            "give more posts, or use the shipped weights (--folds 0)",
            code=USAGE,
        )
    tell(f"training {folds} times, each time without the posts that are then judged …")
    found = cross_validate(posts, folds, mode)
    return {"how": f"{folds}-fold cross-validation, {mode}", "mode": mode, "seen_in_training": 0} | found


def _show(found: dict[str, Any]) -> None:
    out = console()
    out.print(f"{found['how']}, {found['n']} posts", style="bold")
    rows = table("figure", ("value", "right"))
    for name in ("macro_f1", "precision", "recall", "f1", "auc", "ece", "severity_macro_f1"):
        value = found.get(name)
        rows.add_row(name.replace("_", " "), "—" if value is None else f"{value:.3f}")
    rows.add_row("posts per second", f"{found['posts_per_second']:,.0f}")
    point = found["at_operating_point"]
    rows.add_row(f"at the operating point ({point['threshold']:.2f}): precision", f"{point['precision']:.3f}")
    rows.add_row("  recall", f"{point['recall']:.3f}")
    out.print(rows)
    classes = table("class", ("precision", "right"), ("recall", "right"), ("F1", "right"))
    for name, one in found["per_class"].items():
        classes.add_row(name.replace("_", " "), *(f"{one[key]:.3f}" for key in ("precision", "recall", "f1")))
    out.print(classes)
    confusion = found["confusion"]
    told = table("", ("said complaint", "right"), ("said not", "right"))
    told.add_row("complaint", str(confusion["true_positive"]), str(confusion["false_negative"]))
    told.add_row("not", str(confusion["false_positive"]), str(confusion["true_negative"]))
    out.print(told)
    if "by_domain" in found:
        domains = table(
            "domain", ("posts", "right"), ("macro-F1", "right"), ("recall", "right"), ("AUC", "right")
        )
        for name, one in found["by_domain"].items():
            area = "—" if one["auc"] is None else f"{one['auc']:.3f}"
            domains.add_row(name, str(one["n"]), f"{one['macro_f1']:.3f}", f"{one['recall']:.3f}", area)
        out.print(domains)
