"""`earnest labels`: what people at the desk said of posts, and the way out for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
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
    from earnest.desk_labels import DeskLabel

app = typer.Typer(
    help="What people at the desk said of posts: the stuff that `earnest train` learns from.",
    epilog=example(
        "earnest labels                         how many, of what sort, since when",
        "earnest labels export labels.csv       those that a model can learn from, for `earnest train`",
        "earnest labels export labels.jsonl     all of them, also corrected topics",
    ),
    invoke_without_command=True,
)


@app.callback()
def labels(context: typer.Context, config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """What people at the desk said of posts: the stuff that `earnest train` learns from.

    Counted are dismissals with their reasons, posts brought back, corrected topics and severities, cases
    that were resolved, and answers of samples (`earnest audit`); per post, what was said last.
    """
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    from earnest.desk_labels import summary

    found = summary(_labels(config))
    if json:
        print_json(found)
        return
    if not found["labels"]:
        typer.echo("nobody has said anything of a post yet: labels come from the work at the desk")
        return
    span = f"from {found['first']:%Y-%m-%d} to {found['last']:%Y-%m-%d}"
    typer.echo(f"{found['labels']} labels {span}, version {found['version']}")
    typer.echo(
        f"{found['learnt_from']} teach what a complaint is ({found['complaints']} are, "
        f"{found['no_complaints']} are not); {found['severities']} correct how hard it reproaches, "
        f"{found['topics']} what it is about"
    )
    shown = table("said of the post", ("labels", "right"))
    for said, count in found["said"].items():
        shown.add_row(said.replace("_", " "), str(count))
    console().print(shown)
    shown = table("judged by model", ("labels", "right"))
    for model, count in found["models"].items():
        shown.add_row(model, str(count))
    console().print(shown)


@app.command(
    "export", epilog=example("earnest labels export labels.csv", "earnest labels export labels.jsonl")
)
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv or .jsonl.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write the labels with their posts' words to a file that only you can read.

    Posts that were erased, or edited after somebody judged them, are not in it. Delete the file when you
    are done: what is erased here later stays in it.
    """
    from earnest.desk_labels import version, write

    if file.suffix.lower() not in {".csv", ".jsonl", ".ndjson"}:
        fail(f"{file} ends neither in .csv nor in .jsonl", "choose the form by the name")
    found = _labels(context.obj if config == DEFAULT_CONFIG else config)  # written before or after `export`
    written = write(found, file)
    tell(f"{written} of {len(found)} labels written to {file}, version {version(found)}")


def _labels(config: Path) -> list[DeskLabel]:
    from earnest.desk_labels import settled
    from earnest.ledger.judgements import said

    with opened(settings_from(config)) as ledger:
        return settled(said(ledger.database))
