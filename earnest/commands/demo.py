"""`earnest demo`: a small made-up world to try everything against, without keys or network."""

from __future__ import annotations

from typing import Annotated

import typer

from earnest.commands.common import example

EXAMPLES = example("earnest demo", "earnest demo --port 9000")


def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The desk's port; the next free one if it is busy.")
    ] = 8321,
) -> None:
    """Open the desk on a made-up world: networks on loopback, posts that keep arriving. Ctrl-C ends it all."""
    from earnest.demo.run import main

    main(port)
