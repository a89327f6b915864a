"""The command line. Commands live in earnest/commands; this is their registry and the one way out.

Nothing heavy is imported here or at the top of a command, so that `earnest --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from earnest import __version__
from earnest.commands import (
    airflow,
    audit,
    config,
    coverage,
    demo,
    doctor,
    evaluate,
    feeds,
    import_,
    labels,
    outcomes,
    people,
    recheck,
    retry,
    run,
    search,
    serve,
    stages,
    status,
    tell,
    train,
    try_,
)
from earnest.commands.common import example
from earnest.failures import tell_failure

app = typer.Typer(
    name="earnest",
    help="Hears what people say in public about a brand, and brings each complaint to a human who can help.",
    epilog=example(
        "earnest demo                       a small made-up world, without keys or network",
        "earnest config init my-config      a commented configuration to start from",
        "earnest doctor -c my-config        what is still missing",
        "earnest run -c my-config           listen, understand, route: one pass",
        "earnest serve -c my-config         the desk",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("listen", epilog=stages.LISTEN)(stages.listen)
app.command("understand", epilog=stages.UNDERSTAND)(stages.understand)
app.command("route", epilog=stages.ROUTE)(stages.route)
app.command("import", epilog=import_.EXAMPLES)(import_.import_files)
app.command("recheck", epilog=recheck.EXAMPLES)(recheck.recheck)
app.command("retry", epilog=retry.EXAMPLES)(retry.retry)
app.command("search", epilog=search.EXAMPLES)(search.search)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("train", epilog=train.EXAMPLES)(train.train)
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.command("status", epilog=status.EXAMPLES)(status.status)
app.command("coverage", epilog=coverage.EXAMPLES)(coverage.coverage)
app.command("outcomes", epilog=outcomes.EXAMPLES)(outcomes.outcomes)
app.command("tell", epilog=tell.EXAMPLES)(tell.tell_others)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("try", epilog=try_.EXAMPLES)(try_.try_source)
app.command("airflow", epilog=airflow.EXAMPLES)(airflow.airflow)
app.add_typer(audit.app, name="audit")
app.add_typer(config.app, name="config")
app.add_typer(feeds.app, name="feeds")
app.add_typer(labels.app, name="labels", invoke_without_command=True)
app.add_typer(people.app, name="people")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"earnest {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 something failed, 2 wrong command or configuration, 130 Ctrl-C.

    arguments: those of the command line where None.
    """
    try:
        app(args=None if arguments is None else list(arguments))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(tell_failure(error))
