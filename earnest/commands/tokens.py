"""`earnest people tokens`: what programs sign in with. The secret is printed once and kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from earnest.commands.common import (
    DEFAULT_CONFIG,
    USAGE,
    Config,
    Json,
    ago,
    console,
    example,
    fail,
    opened,
    print_json,
    settings_from,
    table,
    tell,
)
from earnest.commands.people_common import by, of_somebody, told

app = typer.Typer(
    help="Tokens for programs that call the desk's API, each in the name of a person.",
    no_args_is_help=True,
    epilog=example(
        'earnest people tokens make "Priya Shah" "nightly report" --may read',
        "earnest people tokens list",
    ),
)

_MAY = "What it may: read, work, arrange, erase, keep-door or audit; repeat it for more."


@app.command("make", epilog=example('earnest people tokens make "Priya Shah" "nightly report" --may read'))
def make(
    person: Annotated[str, typer.Argument(help="In whose name the program acts.")],
    name: Annotated[str, typer.Argument(help="What it is for.")],
    may: Annotated[list[str] | None, typer.Option("--may", help=_MAY)] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="After how many days it runs out.")] = 90,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Make a token; its secret goes to stdout, once. A program sends: Authorization: Bearer SECRET."""
    from earnest.desk.identity import clean_name
    from earnest.desk.roles import SCOPES, scopes_of

    wanted = set(may or ["read"])
    if unknown := sorted(wanted - SCOPES.keys()):
        fail(f"{', '.join(unknown)}: there is no such thing to do", f"known: {', '.join(SCOPES)}", code=USAGE)
    with opened(settings_from(config)) as ledger:
        role = next((p.role for p in ledger.doors.people() if p.name.casefold() == person.casefold()), None)
        if role is None:
            fail(f"nobody is named {person}", "see them all: earnest people list")
        if beyond := sorted(wanted - set(scopes_of(role))):
            words = f"{person} is {role} and may not {', '.join(SCOPES[scope] for scope in beyond)}"
            fail(words, f"leave out {', '.join(beyond)}, or give another role: earnest people role")
        lasts = timedelta(days=days)
        try:
            made, secret = of_somebody(
                lambda: ledger.doors.tokens.make(person, clean_name(name), wanted, lasts=lasts, by=by())
            )
        except ValueError as unfit:
            fail(str(unfit), "see them all: earnest people tokens list")
    typer.echo(secret)
    tell(
        f"{made.prefix}… may {', '.join(made.scopes)} as {made.person} until {made.expires_at:%Y-%m-%d}. "
        "It is not shown again."
    )


@app.command("list", epilog=example("earnest people tokens list", "earnest people tokens list --json"))
def list_tokens(
    person: Annotated[str, typer.Argument(help="Of whom; everybody where it is left out.")] = "",
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Tokens that were not revoked: how each begins, whose it is, what it may, when it was used."""
    with opened(settings_from(config)) as ledger:
        found, now = ledger.doors.tokens.all(person or None), ledger.clock()
    if as_json:
        print_json([told(one, "person_id", "queues", "revoked_at") for one in found])
        return
    shown = table("number", "begins", "for", "person", ("may", "fold"), "until", "used")
    for one in found:
        until = "ran out" if one.expires_at <= now else f"{one.expires_at:%Y-%m-%d}"
        used = ago(one.used_at, now) if one.used_at else "never"
        row: list[Any] = [str(one.id), one.prefix, one.name, one.person, ", ".join(one.scopes), until, used]
        shown.add_row(*row)
    console().print(shown)


@app.command("revoke", epilog=example("earnest people tokens revoke earnest_Ab3xYz"))
def revoke(
    which: Annotated[str, typer.Argument(help="Its number, or how it begins.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Have a token open nothing from now on."""
    with opened(settings_from(config)) as ledger:
        fitting = [t for t in ledger.doors.tokens.all() if str(t.id) == which or which.startswith(t.prefix)]
        if not fitting:
            fail("no token begins like that", "see them all: earnest people tokens list")
        if len(fitting) > 1:
            fail("several tokens begin like that", "give the number: earnest people tokens list", code=USAGE)
        ledger.doors.tokens.revoke(fitting[0].id, by=by())
    typer.echo(f"{fitting[0].prefix}… of {fitting[0].person} opens nothing any more")
