"""`earnest people`: who may come to the desk. Passwords are typed at a prompt or read from stdin."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.commands import tokens
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
    short,
    table,
    tell,
)
from earnest.commands.people_common import by, of_somebody, told

if TYPE_CHECKING:
    from earnest.settings import Settings

app = typer.Typer(
    help="Who may come to the desk. From the first person on, everybody must sign in.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="As colleagues know them; it stands in the history of cases.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin, one line.")]
app.add_typer(tokens.app, name="tokens")

Queues = Annotated[
    list[str] | None,
    typer.Option("--queue", help="The only queues they see; every one where it is left out."),
]
Role = Annotated[str, typer.Option(help="viewer, responder, lead, admin or auditor.")]


@app.command(
    "add", epilog=example('earnest people add "Priya Shah" --role admin', 'earnest people add "Tom Reed"')
)
def add(
    name: Name,
    role: Role = "responder",
    queue: Queues = None,
    config: Config = DEFAULT_CONFIG,
    stdin: Stdin = False,
) -> None:
    """Let somebody in. From the first person on, who should be an admin, everybody must sign in."""
    from earnest.desk.identity import clean_name
    from earnest.desk.passwords import hash_password

    named = clean_name(name)
    if not named or named != " ".join(name.split()):
        fail(f"{name!r} cannot be a name", "write at most 60 printable characters", code=USAGE)
    _known_role(role)
    settings = settings_from(config)
    queues = _known_queues(queue, settings)
    with opened(settings) as ledger:
        first = not ledger.doors.needed()
        if any(person.name.casefold() == named.casefold() for person in ledger.doors.people()):
            fail(f"there is a person named {named} already", "see them all: earnest people list")
        kept = hash_password(_password(named, stdin, settings))
        try:
            ledger.doors.add(named, role, kept, by=by(), queues=queues)
        except ValueError as taken:
            fail(str(taken), "see them all: earnest people list")
    typer.echo(f"{named} may come in as {role}" + (f" and sees {', '.join(queues)}" if queues else ""))
    if first:
        tell("From now on everybody signs in at the desk.")
        if role != "admin":
            tell(
                'Nobody is admin yet: earnest people role NAME admin, or earnest people add "…" --role admin'
            )


@app.command("list", epilog=example("earnest people list", "earnest people list --json"))
def list_people(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Everybody who was ever let in, and their roles."""
    with opened(settings_from(config)) as ledger:
        people, now = ledger.doors.people(), ledger.clock()
    if as_json:
        print_json([told(person, "id", "sessions") for person in people])
        return
    if not people:
        tell("Nobody signs in at this desk: whoever is at this machine says who they are.")
        return
    shown = table("name", "role", "added", ("queues", "fold"), "")
    for person in people:
        out = f"not let in since {ago(person.disabled_at, now)}" if person.disabled_at else ""
        out = out or ("" if person.has_password else "signs in elsewhere")
        queues = "every one" if person.queues is None else ", ".join(person.queues)
        shown.add_row(person.name, person.role, ago(person.added_at, now), queues, out)
    console().print(shown)


@app.command("disable", epilog=example('earnest people disable "Tom Reed"'))
def disable(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """Let somebody in no more; their sessions end at once. Their name stays in the history of cases."""
    with opened(settings_from(config)) as ledger:
        ended = of_somebody(lambda: ledger.doors.disable(name, by=by()))
        left = any(p.role == "admin" and p.disabled_at is None for p in ledger.doors.people())
    typer.echo(f"{name} may not come in any more; sessions ended: {ended}")
    if not left:
        tell("No admin is left: earnest people role NAME admin")


@app.command("enable", epilog=example('earnest people enable "Tom Reed"'))
def enable(name: Name, config: Config = DEFAULT_CONFIG) -> None:
    """Let somebody in again."""
    with opened(settings_from(config)) as ledger:
        of_somebody(lambda: ledger.doors.enable(name, by=by()))
    typer.echo(f"{name} may come in again")


@app.command("role", epilog=example('earnest people role "Tom Reed" lead'))
def set_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, responder, lead, admin or auditor.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Give somebody another role; it holds from their next click."""
    _known_role(role)
    with opened(settings_from(config)) as ledger:
        of_somebody(lambda: ledger.doors.set_role(name, role, by=by()))
    typer.echo(f"{name} is {role}")


@app.command("queues", epilog=example('earnest people queues "Tom Reed" support billing'))
def set_queues(
    name: Name,
    queues: Annotated[
        list[str] | None, typer.Argument(help="The only ones they see; every one where none is named.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say which queues somebody sees; it holds from their next click."""
    settings = settings_from(config)
    wanted = _known_queues(queues, settings)
    with opened(settings) as ledger:
        of_somebody(lambda: ledger.doors.set_queues(name, wanted, by=by()))
    typer.echo(f"{name} sees {', '.join(wanted) if wanted else 'every queue'}")


@app.command("link", epilog=example('earnest people link "Tom Reed" 248289761001'))
def link(
    name: Name,
    subject: Annotated[
        str, typer.Argument(help="What the identity provider calls them (the audit shows it).")
    ],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say that somebody who is known here and a subject of the identity provider are one person."""
    settings = settings_from(config)
    oidc = settings.desk.oidc
    if oidc is None:
        fail("desk.yaml names no identity provider", "write its part oidc first; docs/security.md says how")
    with opened(settings) as ledger:
        try:
            of_somebody(
                lambda: ledger.doors.identities.link(name, issuer=oidc.issuer, subject=subject, by=by())
            )
        except ValueError as held:
            fail(str(held), "see who: earnest people audit")
    typer.echo(f"{name} may sign in at {oidc.issuer} too")


@app.command("password", epilog=example('earnest people password "Tom Reed"'))
def set_password(name: Name, config: Config = DEFAULT_CONFIG, stdin: Stdin = False) -> None:
    """Give somebody another password; their sessions end."""
    from earnest.desk.passwords import hash_password

    settings = settings_from(config)
    with opened(settings) as ledger:
        if not any(person.name.casefold() == name.casefold() for person in ledger.doors.people()):
            fail(f"nobody is named {name}", "see them all: earnest people list")
        kept = hash_password(_password(name, stdin, settings))
        ended = of_somebody(lambda: ledger.doors.set_password(name, kept, by=by()))
    typer.echo(f"{name} has another password; sessions ended: {ended}")


@app.command(
    "sessions", epilog=example("earnest people sessions", 'earnest people sessions "Tom Reed" --end')
)
def sessions(
    name: Annotated[str, typer.Argument(help="Of whom; everybody where it is left out.")] = "",
    end: Annotated[bool, typer.Option("--end", help="End all sessions of this person.")] = False,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Who is signed in, and from where; or sign somebody out everywhere."""
    settings = settings_from(config)
    with opened(settings) as ledger:
        if end:
            if not name:
                fail(
                    "say whose sessions to end",
                    'for example: earnest people sessions "Tom Reed" --end',
                    code=USAGE,
                )
            ended = of_somebody(lambda: ledger.doors.end_all(name, by=by()))
            typer.echo(f"sessions of {name} ended: {ended}")
            return
        idle, lasts = (
            timedelta(minutes=settings.desk.idle_minutes),
            timedelta(hours=settings.desk.session_hours),
        )
        found, now = ledger.doors.sessions(name or None, idle=idle, lasts=lasts), ledger.clock()
    if as_json:
        print_json([told(session, "person_id") for session in found])
        return
    shown = table("name", "role", "from", "used", "began", ("browser", "fold"))
    for one in found:
        began = ago(one.began_at, now)
        shown.add_row(one.name, one.role, one.address, ago(one.seen_at, now), began, short(one.browser, 60))
    console().print(shown)


@app.command("audit", epilog=example("earnest people audit", "earnest people audit --limit 1000 --json"))
def audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 50,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """What happened at the door: sign-ins, refusals, changes of people. Nobody can change it."""
    with opened(settings_from(config)) as ledger:
        events = ledger.doors.events(limit=limit)
    if as_json:
        print_json([told(event) for event in events])
        return
    shown = table("when", "what", "who", "from", ("more", "fold"))
    for event in events:
        more = "; ".join(f"{key}: {value}" for key, value in event.details.items())
        shown.add_row(f"{event.at:%Y-%m-%d %H:%M:%S}Z", event.kind, event.who, event.address, more)
    console().print(shown)


def _known_queues(queues: list[str] | None, settings: Settings) -> list[str] | None:
    """The queues somebody may see, each one that the rules know; None for every one."""
    wanted = list(dict.fromkeys(queues or []))
    if unknown := [queue for queue in wanted if queue not in settings.rules.queues]:
        known = ", ".join(settings.rules.queues)
        fail(f"{', '.join(unknown)}: routing.yaml has no such queue", f"known: {known}", code=USAGE)
    return wanted or None


def _known_role(role: str) -> None:
    from earnest.ledger.door_tables import ROLES

    if role not in ROLES:
        fail(f"{role} is no role", f"choose one of {', '.join(ROLES)}", code=USAGE)


def _password(name: str, stdin: bool, settings: Settings) -> str:
    """A password that may be one, typed twice unseen or read from stdin."""
    from earnest.desk.passwords import known_here, weakness

    if stdin:
        wanted = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        wanted = typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        fail("there is no terminal to ask for the password", "pipe it in: … --password-stdin", code=USAGE)
    if weak := weakness(wanted, name=name, about=known_here(settings)):
        fail("that may not be the password", weak)
    return wanted
