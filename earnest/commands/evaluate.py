"""`earnest evaluate`: how good the complaint model is on labelled posts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    USAGE,
    Config,
    Json,
    console,
    example,
    fail,
    print_json,
    settings_from,
    table,
    tell,
)
from nlp.mode import DEFAULT, MODES, Mode

if TYPE_CHECKING:
    from nlp.labelled import Labelled

EXAMPLES = example(
    "earnest evaluate labelled.csv                the shipped model on posts it has not seen",
    "earnest evaluate labelled.csv --folds 5      train afresh on these posts, judging each unseen",
    "earnest evaluate labelled.csv --by-domain    the same, leaving out one industry at a time",
    "earnest evaluate mentions.csv --mentions     posts that all name a brand, judged as a pass judges them",
    "earnest evaluate labels.csv --own            your own model (of earnest train) on other labels",
    "earnest evaluate labelled.csv --json         the same figures for programs",
)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Columns tweet, label; also severity and domain.")
    ],
    folds: Annotated[
        int, typer.Option("--folds", min=0, help="0: the shipped weights. 2 or more: cross-validation.")
    ] = 0,
    mode: Annotated[str, typer.Option("--mode", help="fast, balanced or thorough.")] = DEFAULT,
    *,
    by_domain: Annotated[
        bool, typer.Option("--by-domain", help="Cross-validation that leaves out one domain at a time.")
    ] = False,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=20, help="With --folds: how often, each cut otherwise.")
    ] = 1,
    mentions: Annotated[
        bool, typer.Option("--mentions", help="Every post names a brand: judge them as a pass does.")
    ] = False,
    own: Annotated[bool, typer.Option("--own", help="The installation's own model, if it has one.")] = False,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Score the complaint model on a CSV of labelled posts.

    The shipped weights have seen their training data: for honest figures on it, use --folds or --by-domain.
    Intervals are 95%, by bootstrap over the posts.
    """
    from nlp.labelled import BadFile, read_labelled

    if mode not in MODES:
        fail(f"there is no mode {mode!r}", f"choose one of {', '.join(MODES)}", code=USAGE)
    if folds == 1:
        fail("one fold leaves nothing to train on", "use --folds 5, or 0 for the shipped weights", code=USAGE)
    if mentions and (folds or by_domain):
        fail("--mentions is for weights that are there", "leave out --folds and --by-domain", code=USAGE)
    try:
        posts = read_labelled(file)
    except BadFile as error:
        fail(str(error), "see `earnest evaluate --help` for the columns", code=USAGE)
    if by_domain:
        found = _by_domain(file, posts, mode)
    elif folds:
        found = _by_folds(file, posts, folds, mode, repeats)
    else:
        found = _as_it_is(posts, mode, _own_model(config) if own else None, of_mentions=mentions)
    if json:
        print_json(found)
    else:
        _show(found)


def _own_model(config: Path) -> Path:
    from earnest.own_model import in_use

    folder = in_use(settings_from(config))
    if folder is None:
        fail("the shipped model is in use; there is none of your own", "make one: earnest train", code=USAGE)
    return folder


def _as_it_is(posts: list[Labelled], mode: Mode, folder: Path | None, *, of_mentions: bool) -> dict[str, Any]:
    from nlp.complaints import ComplaintModel
    from nlp.evaluation import evaluate_posts

    model = ComplaintModel.load(folder, mode=mode, of_mentions=of_mentions)
    seen = model.has_seen([post.text for post in posts])
    name = "shipped weights" if folder is None else "your own model"
    judged = ", as mentions" if of_mentions else ""
    found = {
        "how": f"{name} {model.version}, {model.mode}{judged}",
        "mode": model.mode,
        "seen_in_training": seen,
    }
    if seen:
        mend = "--folds 5 judges each post unseen" if folder is None else "its figures here are too good"
        tell(f"note: the {name} learnt from {seen} of these {len(posts)} posts; {mend}")
    return found | evaluate_posts(posts, model)


def _by_folds(file: Path, posts: list[Labelled], folds: int, mode: Mode, repeats: int) -> dict[str, Any]:
    cross_validate = _trainer()
    smaller = min(sum(post.complaint for post in posts), sum(not post.complaint for post in posts))
    if smaller < 2 * folds:
        fail(
            f"{file}: too few posts of one label ({smaller}) for {folds} folds",
            "give more posts, or use the shipped weights (--folds 0)",
            code=USAGE,
        )
    tell(f"training {folds * repeats} times, each time without the posts that are then judged …")
    every = [cross_validate(posts, folds, mode, seed=seed) for seed in range(repeats)]
    how = {"how": f"{folds}-fold cross-validation, {every[0]['mode']}", "seen_in_training": 0}
    return how | every[0] | ({"repeats": every} if repeats > 1 else {})


def _by_domain(file: Path, posts: list[Labelled], mode: Mode) -> dict[str, Any]:
    cross_validate = _trainer()
    domains = {post.domain for post in posts if post.domain and not post.domain.startswith("random")}
    if len(domains) < 2:
        fail(f"{file}: no two domains to leave out one of", "fill in the column domain", code=USAGE)
    tell(f"training {len(domains)} times, each time without the industry that is then judged …")
    found = cross_validate(posts, 0, mode, by_domain=True)
    if found["mode"] != mode:
        tell("note: no encoder here was taught without each of these industries; words alone are judged")
    return {"how": f"leave one domain out, {found['mode']}", "seen_in_training": 0} | found


def _trainer() -> Callable[..., dict[str, Any]]:
    try:
        from nlp.training.folds import cross_validate
    except ImportError as error:
        fail(f"this trains, and {error.name} is not installed", "pip install 'earnest[dev]'")
    return cross_validate


def _show(found: dict[str, Any]) -> None:
    out = console()
    out.print(f"{found['how']}, {found['n']} posts", style="bold")
    rows = table("figure", ("value", "right"), ("95%", "right"))
    for name in ("macro_f1", "precision", "recall", "f1", "auc", "ece", "severity_macro_f1"):
        value = found.get(name)
        rows.add_row(name.replace("_", " "), "—" if value is None else f"{value:.3f}", _edges(found, name))
    rows.add_row("posts per second", f"{found['posts_per_second']:,.0f}", "")
    point = found["at_operating_point"]
    for name, said in (
        ("precision", f"at the operating point ({point['threshold']:.2f}): precision"),
        ("recall", "  recall"),
    ):
        rows.add_row(said, f"{point[name]:.3f}", _edges(found, f"at_operating_point.{name}"))
    if "at_recall_95" in found:
        rows.add_row("at recall .95: precision", f"{found['at_recall_95']['precision']:.3f}", "")
    out.print(rows)
    if "repeats" in found:
        every = ", ".join(f"{one['macro_f1']:.3f}" for one in found["repeats"])
        out.print(f"macro F1 of each repeat: {every}; the figures here are of the first")
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


def _edges(found: dict[str, Any], name: str) -> str:
    edges = found["intervals"].get(name)
    return "" if edges is None else f"{edges[0]:.3f} to {edges[1]:.3f}"
