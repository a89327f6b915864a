"""`earnest serve`: the responders' desk."""

from __future__ import annotations

from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    USAGE,
    Config,
    example,
    fail,
    opened,
    settings_from,
)

EXAMPLES = example(
    "earnest serve",
    "earnest serve -c my-config --port 9000",
    "earnest serve -c my-config --host 0.0.0.0 --behind-tls https://desk.example",
)


def serve(
    config: Config = DEFAULT_CONFIG,
    host: Annotated[
        str, typer.Option(help="Other than 127.0.0.1 only where people sign in, and with --behind-tls.")
    ] = "",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The next free one if it is busy; 0: any.")
    ] = None,
    behind_tls: Annotated[
        str, typer.Option(metavar="HTTPS-ADDRESS", help="Where a proxy shows the desk over TLS.")
    ] = "",
) -> None:
    """Open the responders' desk until Ctrl-C.

    It shows what is in the ledger and does not listen by itself: `earnest run` does, or the DAGs.
    """
    from earnest.desk.app import create_app
    from earnest.desk.app import serve as serve_desk
    from earnest.search.home import open_index

    settings = settings_from(config)
    at, where = (settings.desk.port if port is None else port), (host or settings.desk.host)
    secured = (behind_tls or settings.desk.behind_tls).rstrip("/")
    if secured and not secured.startswith("https://"):
        fail(f"--behind-tls {secured} is no https address", "write it as https://desk.example", code=USAGE)
    with opened(settings) as ledger:
        app = create_app(ledger, settings, open_index(ledger, settings.data_dir), behind_tls=secured)
        try:
            through = f"{secured}, where your proxy leads to " if secured else ""
            serve_desk(
                app,
                where,
                at,
                ready=lambda url: typer.echo(f"the desk is open: {through}{url}   (Ctrl-C ends it)"),
            )
        except ValueError as error:  # an address that others reach, without sign-in or TLS
            fail(str(error), code=USAGE)
