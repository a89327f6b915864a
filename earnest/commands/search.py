"""`earnest search`: find what was heard."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    Config,
    Json,
    add_rows,
    console,
    example,
    opened,
    print_json,
    settings_from,
    short,
    table,
)

EXAMPLES = example(
    "earnest search 'outage AND router*'",
    "earnest search 'complaint:yes source:reddit date:[2026-11-01 TO 2026-11-21]' --json",
    "earnest search '\"no internet\" NOT weather' --limit 5",
)


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help='Terms, "phrases", AND OR NOT, abc*, field:value.')
    ],
    config: Config = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="How many to show.")] = 20,
    json: Json = False,
) -> None:
    """Find mentions, newest first."""
    from earnest.search.home import open_index

    settings = settings_from(config)
    with opened(settings) as ledger:
        page = open_index(ledger, settings.data_dir).search(query, limit=limit)
    if json:
        found = [asdict(document) for document in page.documents]
        print_json({"total": page.total, "exact": page.exact, "mentions": found})
        return
    shown = table(
        "written", "source", "by", ("text", "fold"), "brand", ("complaint", "right"), "status (case)"
    )
    rows = [
        [
            f"{found.created_at:%Y-%m-%d %H:%M}",
            found.source,
            found.author,
            short(f"{found.title} {found.text}", 160),
            found.brand,
            "" if found.complaint is None else f"{found.complaint:.2f}",
            f"{found.status} ({found.case_id})" if found.case_id is not None else found.status,
        ]
        for found in page.documents
    ]
    if rows:
        add_rows(shown, rows, keep=4)
        console().print(shown)
    more = f", {len(page.documents)} shown" if page.total > len(page.documents) else ""
    than = "" if page.exact else "more than "
    typer.echo(f"{than}{page.total} mention{'' if page.total == 1 else 's'}{more}")
