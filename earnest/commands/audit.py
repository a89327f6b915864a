"""`earnest audit`: how many complaints were missed, told by a random sample that people read."""

from __future__ import annotations

import getpass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

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
    from earnest.ledger.database import Database
    from earnest.ledger.samples import SampleItem, SampleView
    from earnest.recall import Range

app = typer.Typer(
    help="How many complaints were missed, by a random sample that people read. "
    "(What happened at the desk's door: earnest people audit.)",
    epilog=example(
        "earnest audit draw --size 200 --since 30d      draw the sample",
        "earnest audit read                             read it here, one post after another",
        "earnest audit write sample.csv                 or fill in a table,",
        "earnest audit take sample.csv                    and take it back in",
        "earnest audit estimate                         missed complaints and recall, with intervals",
    ),
    no_args_is_help=True,
)

Sample = Annotated[int | None, typer.Option("--sample", help="Its number. Default: the latest.")]


@app.command("draw", epilog=example("earnest audit draw", "earnest audit draw --size 400 --since 90d"))
def draw(
    *,
    size: Annotated[
        int, typer.Option(min=10, max=100_000, help="Posts to read; 200 are about an hour.")
    ] = 200,
    since: Annotated[str, typer.Option(help="How far back: 30d, 36h.")] = "30d",
    seed: Annotated[int | None, typer.Option(min=0, help="Draws the same again. Default: by chance.")] = None,
    config: Config = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Draw a sample of what was dismissed, not noticed, or brought to people.

    More are read of where more may be missed; within that, every source and brand has its share.
    """
    from earnest import auditing
    from earnest.recall import STRATA

    length = _length(since)
    with opened(settings_from(config)) as ledger:
        until = ledger.clock()
        try:
            made = auditing.draw(
                ledger.database, since=until - length, until=until, size=size, seed=seed, who=_who()
            )
        except LookupError as error:
            fail(str(error), "say a longer time with --since, or run a pass first: earnest run")
    if json:
        print_json(auditing.told(made))
        return
    shown = table("what", ("there are", "right"), ("to read", "right"), title=f"sample {made.id}")
    for one in made.strata:
        shown.add_row(STRATA[one.name][1], f"{one.population:,}", str(one.drawn))
    console().print(shown)
    tell("Now read it: earnest audit read, or write it to a table: earnest audit write FILE.csv")


@app.command("read", epilog=example("earnest audit read"))
def read(sample: Sample = None, config: Config = DEFAULT_CONFIG) -> None:
    """Read the sample in the terminal; stop and go on whenever you like.

    What the model made of a post is not shown, so that it cannot talk you into anything.
    """
    from earnest import auditing
    from earnest.ledger.samples import answer

    with opened(settings_from(config)) as ledger:
        view = _sample(ledger.database, sample)
        tell("Is it a complaint that somebody should see?  c complaint  n none  u unsure  b back  q stop")
        done = sum(one.drawn for one in view.strata) - view.open
        whole, last = done + view.open, 0
        while one := auditing.upcoming(ledger.database, view, who=_who()):
            _show(one, done + 1, whole)
            while True:
                said = typer.prompt("c/n/u/b/q", prompt_suffix=" > ", err=True).strip().casefold()
                if said == "q":
                    raise typer.Exit
                if said == "b" and last:
                    answer(ledger.database, view.id, {last: ""}, who=_who())
                    done, last = done - 1, 0
                    break
                try:
                    answer(ledger.database, view.id, {one.place: auditing.word_of(said)}, who=_who())
                except ValueError as error:
                    tell(str(error) if said != "b" else "there is nothing to go back to")
                    continue
                done, last = done + 1, one.place
                break
    tell("All of it is read. What it says: earnest audit estimate")


@app.command("write", epilog=example("earnest audit write sample.csv"))
def write(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv")],
    sample: Sample = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write the sample to a table, to fill in the column "answer": complaint, none or unsure.

    The file holds the posts' words; delete it when its answers are taken.
    """
    from earnest import auditing

    with opened(settings_from(config)) as ledger:
        count = auditing.write(ledger.database, _sample(ledger.database, sample), file)
    tell(f"{count} posts written to {file}; fill in the column answer, then: earnest audit take {file}")


@app.command("take", epilog=example("earnest audit take sample.csv"))
def take(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False)],
    sample: Sample = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Take in the answers of a table that was filled in; empty ones are left for later."""
    from earnest import auditing

    with opened(settings_from(config)) as ledger:
        try:
            count = auditing.take(ledger.database, _sample(ledger.database, sample), file, who=_who())
        except auditing.BadAnswers as error:
            fail(str(error), "write complaint, none or unsure; nothing was taken", code=USAGE)
    tell(f"{count} answers taken")


@app.command("estimate", epilog=example("earnest audit estimate", "earnest audit estimate --json"))
def estimate(sample: Sample = None, config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Say how many complaints were missed, and the recall, each with its 95% interval."""
    from earnest import auditing
    from earnest.recall import STRATA

    with opened(settings_from(config)) as ledger:
        view = _sample(ledger.database, sample)
    if json:
        print_json(auditing.told(view))
        return
    found = auditing.judged(view)
    if not any(one.complaints + one.none for one in view.strata):
        fail("nobody has answered yet", "read it: earnest audit read")
    columns = ("there are", "read", "complaints", "unsure", "so of all (95%)")
    shown = table("what", *((name, "right") for name in columns), title=f"sample {view.id}")
    for one in view.strata:
        counts = (one.population, one.complaints + one.none, one.complaints, one.unsure)
        shown.add_row(
            STRATA[one.name][1], *(f"{count:,}" for count in counts), _whole(found.by_stratum[one.name])
        )
    console().print(shown)
    typer.echo(f"posts from {view.since:%Y-%m-%d %H:%M} to {view.until:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"missed complaints  {_whole(found.missed)}")
    if found.recall is None:
        typer.echo("recall             no complaint was seen at all, so there is none to tell")
    else:
        low, high = found.recall.low, found.recall.high
        typer.echo(f"recall             {found.recall.value:.0%} ({low:.0%} to {high:.0%})")
    if view.open:
        tell(f"{view.open} posts are not read yet; the intervals narrow with every answer")


def _show(one: SampleItem, number: int, whole: int) -> None:
    from rich.text import Text

    out = console()
    about = one.brand or "any brand of ours"
    out.rule(f"{number} of {whole} · about {about} · {one.post.source}, {one.post.created_at:%Y-%m-%d %H:%M}")
    if one.parent is not None:
        out.print(Text(f"answers: {one.parent.text}", style="dim"))
    for part in (one.post.title, one.post.text):
        if part:
            out.print(Text(part))


def _sample(db: Database, number: int | None) -> SampleView:
    from earnest.ledger.samples import sample

    view = sample(db, number)
    return _none(number) if view is None else view


def _none(number: int | None) -> NoReturn:
    if number is None:
        fail("no sample was drawn yet", "draw one: earnest audit draw", code=FAILED)
    fail(f"there is no sample {number}", "leave --sample out for the latest", code=USAGE)


def _whole(one: Range) -> str:
    return f"{one.value:,.0f} ({one.low:,.0f} to {one.high:,.0f})"


def _length(since: str) -> timedelta:
    from pydantic import TypeAdapter, ValidationError

    from routing.hours import Duration

    try:
        return TypeAdapter(Duration).validate_python(since)
    except ValidationError:
        fail(f'--since "{since}" is no length of time', 'write "30d" or "36h"', code=USAGE)


def _who() -> str:
    """Who types: the account on this machine, marked as such."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "command line"
