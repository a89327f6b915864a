"""Runs passes in processes of their own that die by SIGKILL: `python -m tests.crash_runner fast|real|fused`.

Reads one JSON order a line: {"url": …, "folder": …, "die_at": statement number or null}. For each it
forks a child that makes a pass, writes the ledger's canonical text to told.txt in the folder, and
answers, when the child has ended, {"killed": …, "statements": …}. Forking from a process that has
imported and compiled everything makes a pass cost a tenth of a second instead of two.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from earnest.ledger import Ledger
from earnest.pipeline import Understanding, run_pass
from earnest.search.home import open_index
from nlp.pipeline import Analyzer
from routing.rules import Fuse, Rules
from tests.clock import SetClock
from tests.ledger.world import WordAnalyzer
from tests.pass_world import LARKSPUR, script, settings

PAGES = 3
COMPILED: dict[Any, Any] = {}  # SQLAlchemy's compiled statements, made by the first pass for all
LIMIT = 8  # so that every stage has many transactions to die in


TIGHT = Rules(fuse=Fuse(cases=2, within=timedelta(hours=1)))
"""Rules that are stopped in the middle of every pass."""


def one_pass(url: str, folder: Path, analyzer: Understanding, rules: Rules, die_at: int | None) -> int:
    """Make a pass; kill this very process just before statement `die_at`. Returns statements made."""
    clock = SetClock()
    made = 0
    with Ledger.open(url, clock=clock) as ledger:
        ledger.engine.update_execution_options(compiled_cache=COMPILED)
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
        config = replace(settings(folder, url), rules=rules)
        run_pass(config, ledger, analyzer, index, listeners=script(PAGES), clock=clock, limit=LIMIT)
        statements = made
        (folder / "told.txt").write_text(ledger.canonical(), encoding="utf-8")
    return statements


def main(kind: str) -> None:
    """Answer orders until there are none."""
    analyzer: Understanding = Analyzer([LARKSPUR]) if kind == "real" else WordAnalyzer()
    rules = TIGHT if kind == "fused" else Rules()
    with TemporaryDirectory() as folder:  # everything that is imported late is imported now
        one_pass(f"sqlite:///{folder}/first.db", Path(folder), analyzer, rules, None)
    gc.collect()
    gc.freeze()  # else every child walks, and so copies, all that was imported
    print("ready", flush=True)  # noqa: T201 - the answer to whoever started this
    for line in sys.stdin:
        order = json.loads(line)
        out, back = os.pipe()
        child = os.fork()
        if child == 0:
            made = one_pass(order["url"], Path(order["folder"]), analyzer, rules, order["die_at"])
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
    main(sys.argv[1])
