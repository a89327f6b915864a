"""Runs passes in processes of their own that die by SIGKILL: `python -m tests.crash_runner`.

Reads one JSON order a line: {"kind": …, "url": …, "folder": …, "die_at": statement number or null}. For
each it forks a child that makes a pass, writes the ledger's canonical text to told.txt in the folder, and
answers, when the child has ended, {"killed": …, "statements": …}. Forking from a process that has
imported and compiled everything makes a pass cost a tenth of a second instead of two.

Kinds are fast, real (the shipped model), fused (a rule is stopped in the middle) and hosts (many are
asked at once; with the others one after another, so that a statement has its number in every pass).
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from earnest.ledger import Ledger
from earnest.pipeline import Understanding, run_pass
from earnest.search.home import open_index
from earnest.settings import DeskSettings
from nlp.pipeline import Analyzer
from routing.rules import Fuse, Rules
from tests.clock import SetClock
from tests.ledger.world import WordAnalyzer
from tests.pass_world import LARKSPUR, hosts, script, settings
from tests.scripted import Scripted

PAGES = 3
LIMIT = 8  # so that every stage has many transactions to die in


TIGHT = Rules(fuse=Fuse(cases=2, within=timedelta(hours=1)))
"""Rules that are stopped in the middle of every pass."""


@dataclass(frozen=True)
class Kind:
    """A pass: whom it hears, how it understands, by which rules it decides."""

    analyzer: Understanding
    rules: Rules = field(default_factory=Rules)
    listeners: Callable[[], list[Scripted]] = lambda: script(PAGES)
    hosts_at_once: int = 1


KINDS: dict[str, Callable[[], Kind]] = {
    "fast": lambda: Kind(WordAnalyzer()),
    "real": lambda: Kind(Analyzer([LARKSPUR])),
    "fused": lambda: Kind(WordAnalyzer(), rules=TIGHT),
    "hosts": lambda: Kind(WordAnalyzer(), listeners=lambda: hosts(6), hosts_at_once=4),
}


def one_pass(url: str, folder: Path, kind: Kind, die_at: int | None) -> int:
    """Make a pass; kill this very process just before statement `die_at`. Returns statements made."""
    clock = SetClock()
    made = 0
    with Ledger.open(url, clock=clock) as ledger:
        index = open_index(ledger, folder, environ={})
        counter = itertools.count(1)

        def counted(*_: Any) -> None:
            nonlocal made
            made = next(counter)
            if made == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

        # Before a statement, and before its transaction is committed: both are moments to die in.
        event.listen(ledger.engine, "before_cursor_execute", counted)
        event.listen(ledger.engine, "commit", counted)
        desk = DeskSettings(hosts_at_once=kind.hosts_at_once)
        config = replace(settings(folder, url), rules=kind.rules, desk=desk)
        run_pass(config, ledger, kind.analyzer, index, listeners=kind.listeners(), clock=clock, limit=LIMIT)
        statements = made
        (folder / "told.txt").write_text(ledger.canonical(), encoding="utf-8")
    return statements


@cache
def warmed(name: str) -> Kind:
    """A kind of pass, once one was made, so that everything that is imported late is imported now."""
    kind = KINDS[name]()
    with TemporaryDirectory() as folder:
        one_pass(f"sqlite:///{folder}/first.db", Path(folder), kind, None)
    gc.collect()
    gc.freeze()  # else every child walks, and so copies, all that was imported
    return kind


def main() -> None:
    """Answer orders until there are none."""
    for line in sys.stdin:
        order = json.loads(line)
        kind = warmed(order["kind"])
        out, back = os.pipe()
        child = os.fork()
        if child == 0:
            made = one_pass(order["url"], Path(order["folder"]), kind, order["die_at"])
            os.write(back, str(made).encode())
            os._exit(0)
        os.close(back)
        _, status = os.waitpid(child, 0)
        told = os.read(out, 100).decode()
        os.close(out)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed and status:
            sys.exit(f"a pass failed with status {status}")
        answer = {"killed": killed, "statements": int(told or 0)}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
