"""`earnest config`: check, start, describe and show a configuration."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from earnest.commands.common import DEFAULT_CONFIG, USAGE, Config, Json, example, fail, print_json, tell

app = typer.Typer(
    help="Check, start, describe and show a configuration.", rich_markup_mode=None, no_args_is_help=True
)


@app.command(epilog=example("earnest config check", "earnest config check -c my-config --json"))
def check(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """Read the whole folder and say everything that is wrong, each with file, line and mend."""
    from earnest.config_errors import ConfigError, Problem
    from earnest.failures import say
    from earnest.settings import load

    problems: tuple[Problem, ...] = ()
    try:
        settings = load(config)
    except ConfigError as error:
        problems = error.problems
    else:
        from earnest.brand_examples import wrong_examples

        problems = tuple(wrong_examples(settings.brands, config / "brands.yaml"))
    if json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            key = f"{problem.key}: " if problem.key else ""
            say(f"{problem.place}: {key}{problem.what}", problem.mend)
    if problems:
        tell(f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in {config}")
        raise typer.Exit(USAGE)
    if not json:
        counts = (("brand", settings.brands), ("source", settings.sources), ("rule", settings.rules.rules))
        many = ", ".join(f"{len(of)} {name}{'' if len(of) == 1 else 's'}" for name, of in counts)
        typer.echo(f"{config}: {many}; nothing wrong")
        for name, missing in settings.missing_secrets().items():
            tell(f"note: source {name} still needs {', '.join(missing)} in the environment")


@app.command(epilog=example("earnest config init my-config"))
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Write the commented starter configuration (a made-up brand) into a folder; nothing is overwritten."""
    starter = starter_folder()
    files = sorted(path for path in starter.rglob("*") if path.suffix in {".yaml", ".md"})
    there = [
        folder / path.relative_to(starter) for path in files if (folder / path.relative_to(starter)).exists()
    ]
    if there:
        fail(f"{there[0]} exists already", "name another folder; nothing was written", code=USAGE)
    for path in files:
        target = folder / path.relative_to(starter)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    typer.echo(f"wrote {len(files)} files to {folder}")
    typer.echo(f"next: put your brand into {folder / 'brands.yaml'}, then: earnest doctor -c {folder}")


@app.command(epilog=example("earnest config schema brands.yaml > brands.schema.json"))
def schema(
    file: Annotated[str, typer.Argument(metavar="FILE", help="sources.yaml, brands.yaml, …; none: all")] = "",
) -> None:
    """The JSON schema of a file, for editors that complete and check YAML while one types."""
    from earnest.config_errors import suggest
    from earnest.settings import FILES

    if file and file not in FILES:
        fail(f'there is no configuration file "{file}"', suggest(file, list(FILES)), code=USAGE)
    schemas = {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": name,
            **model.model_json_schema(),
        }
        for name, model in FILES.items()
    }
    print_json(schemas[file] if file else schemas)


@app.command(epilog=example("earnest config show", "earnest config show --json | jq .routing.queues"))
def show(config: Config = DEFAULT_CONFIG, json: Json = False) -> None:
    """The whole configuration as Earnest reads it, defaults filled in. Secrets: only whether they are set."""
    import yaml
    from sqlalchemy.engine import make_url

    from earnest.settings import load, secrets
    from listeners.registry import required_secrets

    settings = load(config)
    have = secrets()
    whole = {
        "folder": str(settings.folder),
        "database": make_url(settings.database).render_as_string(hide_password=True),
        "data_dir": str(settings.data_dir),
        "secrets": {
            name: "set" if name in have else "missing"
            for source in settings.sources
            for name in required_secrets(source)
        },
        "sources": [source.model_dump(mode="json", by_alias=True) for source in settings.sources],
        "brands": [brand.model_dump(mode="json", by_alias=True) for brand in settings.brands],
        "routing": settings.rules.model_dump(mode="json", by_alias=True, exclude_none=True),
        "desk": settings.desk.model_dump(mode="json", by_alias=True),
    }
    if json:
        print_json(whole)
    else:
        typer.echo(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=110), nl=False)


def starter_folder() -> Path:
    """The commented starter configuration: inside an installed package, or the project's own config/."""
    packaged = Path(__file__).parents[1] / "starter"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "config"
