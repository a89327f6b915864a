"""`earnest doctor`: what is there, what is missing, and the mend."""

from __future__ import annotations

from dataclasses import asdict

import typer

from earnest.commands.common import DEFAULT_CONFIG, FAILED, Config, Json, example, print_json

EXAMPLES = example("earnest doctor", "earnest doctor -c my-config --json")

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Say what is missing, and the mend.

    Looks at Python, packages, model weights, configuration, keys, database, disk and port. Exit 1 if
    one of them fails.
    """
    from earnest.doctor import How, examine

    findings = []
    for finding in examine(config):
        findings.append(finding)
        if json:
            continue
        mark = typer.style(f"{finding.how.value:4}", fg=_COLOURS[finding.how.value], bold=True)
        typer.echo(f"{mark}  {finding.name}: {finding.saw}")
        if finding.mend:
            typer.echo(f"      mend: {finding.mend}")
    failed = sum(finding.how is How.FAIL for finding in findings)
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        warned = sum(finding.how is How.WARN for finding in findings)
        typer.echo(f"{len(findings)} looked at, {failed} failed, {warned} to look at")
    raise typer.Exit(FAILED if failed else 0)
