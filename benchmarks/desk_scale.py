"""The desk at 1,000,000 cases, 50,000 of them open, with 20 responders at work: how long people wait.

    python -m benchmarks desk_scale                          SQLite in a folder that goes away again
    python -m benchmarks desk_scale --postgres               a PostgreSQL of its own
    python -m benchmarks desk_scale --folder /tmp/scale      keep the database there and use it again
    python -m benchmarks desk_scale --cases 20000 --open 1000 --seconds 10

The desk is served as `earnest serve` does it, in a process of its own, to people who signed in. Every
responder lists, takes the next case, reads it, searches, looks at other cases and acts, with a pause
between two requests; each has a queue page open that hears of news. Wall-clock times are those of a
machine that may be busy with other things; CPU times, taken with one responder at a time, are not.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.desk_world import World, seed
from earnest.desk.app import create_app
from earnest.desk.app import serve as serve_desk
from earnest.ledger import Ledger
from earnest.search.home import open_index
from earnest.settings import load

CONFIG = Path(__file__).resolve().parent.parent / "config"
BUDGET_MS = 100.0
SINGLE = 40  # requests of a kind, one after the other, for its CPU time
VIEWS = ("/", "/", "/", "/?view=free", "/?queue=support", "/?queue=urgent&view=overdue", "/?view=mine")
SIEVES = ("/?topic=billing", "/?view=closed", "/?view=asleep&queue=languages", "/?brand=Larkspur&source=x")
SEARCHES = (
    "{number}", "hub refund", '"charged twice"', "router", "status:open topic:billing",
    "author:person{person}", "refund* NOT word17", "outage date:{day}", "queue:urgent status:new",
    "word{rare} complaint:yes",
)  # fmt: skip


@dataclass
class Times:
    """How long each request took, by kind, and how many went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float, status: int) -> None:
        """Note one."""
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            if status >= 400 and status != 409:
                name = f"{kind} {status}"
                self.wrong[name] = self.wrong.get(name, 0) + 1

    @property
    def count(self) -> int:
        """Of all kinds."""
        return sum(map(len, self.seconds.values()))


class Responder:
    """One browser that signed in."""

    def __init__(self, address: str, secret: str, world: World, seed: int, times: Times) -> None:
        """Nothing is asked yet."""
        self.where, self.cookie = urlsplit(address).netloc, f"earnest_session={secret}"
        self.world, self.chance, self.times = world, random.Random(seed), times
        self.line = http.client.HTTPConnection(self.where, timeout=60)
        self.page, self.case, self.news = "", 0, ""

    def ask(self, kind: str, path: str, form: dict[str, Any] | None = None) -> int:
        """One request, timed; its page is kept. Returns the status."""
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
        body = None if form is None else urlencode(form)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if form is None else "POST"
        began = time.perf_counter()
        try:
            self.line.request(method, path, body, headers)
            answer = self.line.getresponse()
        except ConnectionError:  # idle for too long: as a browser does, over a new line
            self.line.close()
            self.line.request(method, path, body, headers)
            answer = self.line.getresponse()
        page = answer.read()
        self.times.add(kind, time.perf_counter() - began, answer.status)
        self.page = page.decode()
        self.went_to = answer.getheader("Location") or ""
        return answer.status

    def value(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return found.group(1) if found else ""

    def list_queue(self) -> None:
        """The queue, as most look at it."""
        self.ask("queue", self.chance.choice(VIEWS))

    def sieve_queue(self) -> None:
        """The queue through a filter that few use."""
        self.ask("queue, filtered", self.chance.choice(SIEVES))

    def read(self, case: int = 0) -> None:
        """A case's page."""
        self.case = case or self.chance.randint(1, self.world.cases)
        self.ask("case", f"/cases/{self.case}")

    def search(self) -> None:
        """What somebody may look for."""
        values = {
            "number": 20_000_000 + self.chance.randint(1, self.world.cases),
            "person": self.chance.randint(1, self.world.people),
            "rare": self.chance.randint(100, 4999),
            "day": f"{self.world.now:%Y-%m-%d}",
        }
        words = self.chance.choice(SEARCHES).format(**values)
        self.ask("search", f"/search?{urlencode({'q': words})}")

    def take_next(self) -> bool:
        """The next person; needs a page of the desk to have been read."""
        self.ask("next", "/next", {"token": self.value("token")})
        found = re.fullmatch(r"/cases/(\d+)", self.went_to)
        self.case = int(found.group(1)) if found else 0
        return found is not None

    def act(self) -> None:
        """Something is done with the case whose page was read last."""
        held = {name: self.value(name) for name in ("token", "version", "epoch", "seen")}
        doing: dict[str, str] = self.chance.choice((
            {"action": "resolve"},
            {"action": "wait_person"},
            {"action": "release"},
            {"action": "note", "note": "rang them; they will call back"},
            {"action": "dismiss", "reason": "other"},
        ))  # fmt: skip
        self.ask("act", f"/cases/{self.case}/act", held | doing)

    def steps(self) -> Iterator[Callable[[], Any]]:
        """A responder's round, for ever: each step is one request."""
        while True:
            yield self.list_queue
            yield self.take_next
            if self.case:
                case = self.case
                yield partial(self.read, case)
                if self.chance.random() < 0.5:
                    yield self.search
                    yield self.read
                    yield partial(self.read, case)
                yield self.act
            if self.chance.random() < 0.2:
                yield self.sieve_queue


def work(responder: Responder, until: float, think: float) -> None:
    """One responder's work, with a pause of `think` seconds on average between two requests."""
    for step in responder.steps():
        time.sleep(responder.chance.uniform(0, 2 * think))
        if time.monotonic() >= until:
            return
        step()


def listen_for_news(responder: Responder, until: float, heard: list[int]) -> None:
    """A queue page that stays open."""
    line = http.client.HTTPConnection(responder.where, timeout=60)
    line.request("GET", responder.news, headers={"Cookie": responder.cookie})
    answer = line.getresponse()
    while time.monotonic() < until:
        try:
            said = answer.readline()
        except OSError:
            return
        if not said:
            return
        heard.append(len(said))


@contextmanager
def desk(url: str, data_dir: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The desk in a process of its own: its address, and the process."""
    command = [sys.executable, "-m", "benchmarks.desk_scale", "--serve", url, "--folder", str(data_dir)]
    served = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        if not address:
            sys.exit("the desk did not start")
        yield address, psutil.Process(served.pid)
    finally:
        served.terminate()
        served.wait(30)


def serve(url: str, data_dir: Path) -> None:
    """What `desk` starts."""
    settings = replace(load(CONFIG, environment={}), database=url, data_dir=data_dir)
    with Ledger.open(url, rules=settings.rules) as ledger:
        app = create_app(ledger, settings, open_index(ledger, data_dir, environ={}))
        serve_desk(app, "127.0.0.1", 0, ready=lambda address: print(address, flush=True))


def let_in(url: str, responders: int) -> list[str]:
    """The session secrets of so many responders, who signed in just now."""
    secrets = []
    with Ledger.open(url) as ledger:
        for n in range(responders):
            name, secret = f"r{n}", f"secret-of-{n}-{os.urandom(16).hex()}"
            if ledger.doors.credentials(name) is None:
                ledger.doors.add(name, "responder", "no password fits", by="bench")
            known = ledger.doors.credentials(name)
            assert known is not None
            ledger.doors.begin(known[0], secret)
            secrets.append(secret)
    return secrets


def cpu(process: psutil.Process, *, postgres: bool) -> float:
    """CPU seconds of the desk so far, with those of PostgreSQL's processes."""
    spent = process.cpu_times()
    total = spent.user + spent.system
    if postgres:
        for one in psutil.process_iter(["name", "cpu_times"]):
            if one.info["name"] == "postgres" and one.info["cpu_times"] is not None:
                total += one.info["cpu_times"].user + one.info["cpu_times"].system
    return float(total)


def measure(url: str, data_dir: Path, world: World, given: argparse.Namespace) -> dict[str, Any]:
    """Everybody at work for a while, then each kind of request by itself."""
    times, alone, heard = Times(), Times(), [0]
    secrets = let_in(url, given.responders)
    of_postgres = url.startswith("postgresql")
    with desk(url, data_dir) as (address, process):
        crew = [Responder(address, secret, world, n, times) for n, secret in enumerate(secrets)]
        for one in crew:
            one.times = Times()
            one.list_queue()  # templates and statements are made ready; not counted
            live = re.search(r'data-live="([^"]*)"', one.page)
            one.news = live.group(1).replace("&amp;", "&") if live else "/live"
            one.times = times
        before, load_before = cpu(process, postgres=of_postgres), os.getloadavg()
        began = time.monotonic()
        until = began + given.seconds
        threads = [threading.Thread(target=work, args=(one, until, given.think)) for one in crew]
        threads += [threading.Thread(target=listen_for_news, args=(one, until, heard)) for one in crew]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        spent = cpu(process, postgres=of_postgres) - before
        single = _singly(Responder(address, secrets[0], world, 99, alone), process, of_postgres)
        memory = process.memory_info().rss / 2**20
    return {
        "database": "PostgreSQL" if of_postgres else "SQLite",
        "cases": world.cases,
        "open": world.open,
        "responders": given.responders,
        "think_seconds": given.think,
        "cores": os.cpu_count(),
        "load_before": round(load_before[0], 2),
        "load_after": round(os.getloadavg()[0], 2),
        "requests": times.count,
        "requests_per_second": round(times.count / seconds, 1),
        "cpu_share_of_a_core": round(spent / seconds, 2),
        "cpu_ms_per_request": round(1000 * spent / max(1, times.count), 2),
        "memory_mib": round(memory, 1),
        "wrong": times.wrong | alone.wrong,
        "kinds": {
            kind: _summary(values) | single.get(kind, {}) for kind, values in sorted(times.seconds.items())
        },
    }


def _singly(one: Responder, process: psutil.Process, of_postgres: bool) -> dict[str, dict[str, float]]:
    """Each kind of request by itself: CPU and wall milliseconds of one."""
    found = {}
    for kind, doing in (
        ("queue", one.list_queue),
        ("queue, filtered", one.sieve_queue),
        ("case", one.read),
        ("search", one.search),
    ):
        before = cpu(process, postgres=of_postgres)
        for _ in range(SINGLE):
            doing()
        spent = cpu(process, postgres=of_postgres) - before
        found[kind] = {
            "alone_cpu_ms": round(1000 * spent / SINGLE, 1),
            "alone_p95_ms": _summary(one.times.seconds[kind])["p95_ms"],
        }
    return found


def _summary(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else seconds * 99
    values = {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98], "max_ms": max(seconds)}
    return {"count": len(seconds)} | {name: round(1000 * value, 1) for name, value in values.items()}


@contextmanager
def database(given: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The address of the database to fill, or of the one in `folder` that was filled before."""
    if not given.postgres:
        yield f"sqlite:///{folder / 'earnest.db'}"
        return
    if given.url:
        yield given.url
        return
    from tests.servers import postgres  # noqa: PLC0415 (the tests' own; not installed)

    with postgres.running() as server:
        yield server.fresh()


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table; 1 where a page misses the budget."""
    parser = argparse.ArgumentParser(prog="desk_scale", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=50_000)
    parser.add_argument("--responders", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=3.0, help="mean pause between two requests, seconds")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL started for this")
    parser.add_argument("--url", default="", help="another PostgreSQL, empty or filled by this benchmark")
    parser.add_argument("--folder", type=Path, help="keep the database here; filled once, used again")
    parser.add_argument("--json", action="store_true", help="figures for programs")
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        serve(given.serve, given.folder)
        return 0
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="earnest-scale-")
        folder = given.folder or Path(stack.enter_context(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        url = stack.enter_context(database(given, folder))
        result = measure(url, folder, _world(url, folder, given), given)
    if given.json:
        print(json.dumps(result, indent=2))
    else:
        _show(result)
    promised = [result["kinds"][kind] for kind in ("queue", "case", "search") if kind in result["kinds"]]
    return int(bool(result["wrong"]) or any(kind["p95_ms"] >= BUDGET_MS for kind in promised))


def _world(url: str, folder: Path, given: argparse.Namespace) -> World:
    """The world in `folder`, made first where it is not there."""
    note = folder / "world.json"
    if note.exists():
        kept = json.loads(note.read_text())
        return World(kept["cases"], kept["open"], datetime.fromisoformat(kept["now"]))
    world = World(given.cases, given.open, datetime.now(UTC))
    began = time.monotonic()

    def told(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)

    seed(url, world, folder, told=told)
    told("filled")
    note.write_text(json.dumps({"cases": world.cases, "open": world.open, "now": world.now.isoformat()}))
    return world


def _show(result: dict[str, Any]) -> None:
    table = Table(
        "request", "count", "p50 ms", "p95 ms", "p99 ms", "max ms", "alone: CPU ms", "alone: p95 ms"
    )
    for kind, row in result["kinds"].items():
        names = ("count", "p50_ms", "p95_ms", "p99_ms", "max_ms", "alone_cpu_ms", "alone_p95_ms")
        table.add_row(kind, *(str(row.get(name, "")) for name in names))
    console = Console()
    console.print(table)
    for name, value in result.items():
        if name != "kinds":
            console.print(f"{name.replace('_', ' ')}: {value}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
