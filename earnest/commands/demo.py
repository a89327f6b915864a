"""`earnest demo`: a small made-up world to try everything against, without keys or network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earnest.commands.common import example

EXAMPLES = example("earnest demo", "earnest demo --port 9000 --speed 4 --open")


def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The desk's port; the next free one if it is busy.")
    ] = 8321,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser on the desk.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, max=100, help="2: the world lives twice as fast.")] = 1.0,
) -> None:
    """Open the desk on a small made-up world, without keys or network.

    Its networks live on loopback, and posts keep arriving. Ctrl-C ends all of it.
    """
    from earnest.commands.config import starter_folder
    from earnest.demo.run import main

    main(port, config=starter_folder(), var=Path("var"), open_browser=open_browser, speed=speed)
