"""`earnest feeds`: find a site's feeds, take a list of them in, give one out. Changes no file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    USAGE,
    Config,
    Json,
    example,
    fail,
    print_json,
    settings_from,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

FIND = example(
    "earnest feeds find https://blog.example                 what to write into sources.yaml",
    "earnest feeds find http://wiki.intranet --allow wiki.intranet",
)
READ = example("earnest feeds read subscriptions.opml                   the feeds of a feed reader's export")
WRITE = example("earnest feeds write -c my-config > feeds.opml           for a feed reader")

app = typer.Typer(
    help="Find a site's feeds; exchange lists of feeds with feed readers (OPML).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("find", epilog=FIND)
def find(
    url: Annotated[str, typer.Argument(metavar="URL", help="A page of the site, or its feed.")],
    allow: Annotated[
        list[str] | None, typer.Option(help="A private network or host that may be asked.")
    ] = None,
    json: Json = False,
) -> None:
    """Find the feeds of a site, fetch each, and print them as lines for sources.yaml.

    Exit 1 where the site has none or does not answer.
    """
    from listeners.discovery import discover
    from listeners.http import Door
    from listeners.listener import ListenError

    try:
        found = discover(url if "://" in url else f"https://{url}", Door(allow or ()))
    except ListenError as error:
        fail(str(error))
    if not found:
        fail(f"{url} has no feed that could be found", "look on the site for RSS, Atom or a newsletter")
    _print(((feed.url, feed.title) for feed in found), json)


@app.command("read", epilog=READ)
def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML list.")],
    json: Json = False,
) -> None:
    """Print the feeds of an OPML list as lines for sources.yaml. Exit 2 where it is none."""
    from listeners.listener import Malformed
    from listeners.opml import read_opml

    try:
        feeds = read_opml(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}", "name a file that exists and can be read", code=USAGE)
    except Malformed as error:
        fail(f"{file}: {error}", code=USAGE)
    _print(((feed.url, feed.title) for feed in feeds), json)


@app.command("write", epilog=WRITE)
def write(config: Config = DEFAULT_CONFIG) -> None:
    """Print every configured feed as an OPML list on stdout."""
    from listeners.opml import write_opml
    from listeners.sources import BlogsSource

    sources = [source for source in settings_from(config).sources if isinstance(source, BlogsSource)]
    feeds = [feed for source in sources for feed in source.feeds]
    if not feeds:
        tell("no feeds are configured; the list is empty")
    sys.stdout.write(write_opml(feeds, title="Earnest listens to these").decode())


def _print(feeds: Iterable[tuple[str, str]], json: bool) -> None:
    """As YAML that can be pasted below `feeds:`, or as JSON."""
    import yaml

    rows = [{"url": url, **({"title": title} if title else {})} for url, title in feeds]
    if json:
        print_json(rows)
    else:
        sys.stdout.write(yaml.safe_dump({"feeds": rows}, sort_keys=False, allow_unicode=True))
