"""The installation's own model: where it lies, which one is in use, and the way back.

`data_dir/models/VERSION/` holds a model that was trained here, `current` beside it names the one in use;
without that file the shipped one is. An own model stands on the shipped weights; once a new release
brings others, it is out of date and the shipped ones are used, until the next training.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.settings import Settings
from nlp import weights
from nlp.encoder import FOLDER as ENCODER
from nlp.encoder import Encoder, there

CURRENT = "current"
ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model of this installation. version: of its files. about: how it was made, and `before` it."""

    version: str
    folder: Path
    about: dict[str, Any]

    @property
    def out_of_date(self) -> bool:
        """Whether it stands on other shipped weights than those that are installed."""
        return bool(self.about.get("stands_on") != shipped())


def shipped() -> str:
    """What an own model stands on: the shipped weights and encoder, by their hashes."""
    encoder = weights.SHIPPED / ENCODER
    reader = Encoder(encoder).version if there(encoder) else "none"
    return f"{weights.version(weights.SHIPPED / weights.FILE)} {reader}"


def current(data_dir: Path) -> OwnModel | None:
    """The own model that was put in use, out of date or not; None for the shipped one."""
    try:
        name = (_home(data_dir) / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return _named(data_dir, name)


def in_use(settings: Settings) -> Path | None:
    """The folder of the model that judges; None for the shipped one."""
    own = current(settings.data_dir)
    return None if own is None or own.out_of_date else own.folder


def put_in_use(data_dir: Path, save: Callable[[Path], None], about: dict[str, Any]) -> OwnModel:
    """Keep what `save` writes to a folder, and use it from now on. about: goes beside it."""
    home = _home(data_dir)
    home.mkdir(parents=True, exist_ok=True)
    before = current(data_dir)
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=home))
    try:
        save(made)
        version = weights.version(made / weights.FILE)
        told = {
            **about,
            "version": version,
            "stands_on": shipped(),
            "before": before.version if before else "",
        }
        if before is not None and before.version == version:
            told["before"] = before.about.get("before", "")
        (made / ABOUT).write_text(json.dumps(told, indent=2, default=str) + "\n", encoding="utf-8")
        shutil.rmtree(home / version, ignore_errors=True)
        made.replace(home / version)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    _point(home, version)
    return OwnModel(version, home / version, told)


def go_back(data_dir: Path) -> OwnModel | None:
    """Use the model that was in use before this one; None: the shipped one is. Raises LookupError."""
    own = current(data_dir)
    if own is None:
        raise LookupError("the shipped model is in use; there is none before it")
    before = str(own.about.get("before") or "")
    former = _named(data_dir, before) if before else None
    if former is None:
        (_home(data_dir) / CURRENT).unlink()
    else:
        _point(_home(data_dir), former.version)
    return former


def _home(data_dir: Path) -> Path:
    return data_dir / "models"


def _named(data_dir: Path, name: str) -> OwnModel | None:
    """The model of that name; None where it was deleted or the name is none."""
    folder = _home(data_dir) / Path(name).name
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return OwnModel(folder.name, folder, about) if name and isinstance(about, dict) else None


def _point(home: Path, version: str) -> None:
    """Name the model in use, in one step: who reads meanwhile sees the old name or the new one."""
    part = home / f".{CURRENT}.part"
    part.write_text(version + "\n", encoding="utf-8")
    part.replace(home / CURRENT)
