"""`earnest demo`: the desk on a small made-up world, from an empty folder to an open page.

The desk opens at once and the first pass runs beside it. Then the world is polled every two seconds
until its story has ended and for as long as somebody looks.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import webbrowser
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from earnest.demo.folder import write_config
from earnest.demo.home import fresh_folder
from earnest.demo.server import SECRETS, WorldServer
from earnest.demo.world import World
from earnest.settings import Settings, load, secrets
from listeners.listener import utcnow

if TYPE_CHECKING:
    from earnest.ledger import Ledger
    from earnest.search.index import MentionsIndex

PROJECT = Path(__file__).resolve().parents[2]
_BETWEEN_POLLS = 2.0  # seconds


def main(
    port: int = 8321,
    *,
    config: Path = PROJECT / "config",
    var: Path | None = None,
    open_browser: bool = False,
    speed: float = 1.0,
) -> None:
    """Open the desk on the made-up world, and return when Ctrl-C or SIGTERM has ended all of it.

    port: the desk's; the next free one if it is busy. config: the folder of brands and rules.
    var: where the demo's folder is made; beside `config` where not named. speed: 2.0 lets the world
    live twice as fast.
    """
    ending = _Ending()
    try:
        with fresh_folder(var or config.resolve().parent / "var", "demo") as home:
            world = World.open(utcnow(), speed=speed)
            with WorldServer(world) as server:
                folder = write_config(server, template=config, home=home)
                _run(load(folder, environment={}), world, ending, port, open_browser)
    except KeyboardInterrupt:
        pass
    finally:
        ending.restore()


class _Ending:
    """Ctrl-C and SIGTERM end the demo in the same way: by KeyboardInterrupt, until the desk takes over.

    While it serves, uvicorn answers both signals, and hands them back here once it has shut down.
    """

    def __init__(self) -> None:
        self._before = [(one, signal.signal(one, self._wanted)) for one in (signal.SIGINT, signal.SIGTERM)]
        self._serving = False
        self._early = False

    def _wanted(self, number: int, frame: FrameType | None) -> None:
        if not self._serving:
            raise KeyboardInterrupt
        self._early = True

    def desk_takes_over(self) -> None:
        """From here on the desk answers; see `desk_opened`."""
        self._serving = True

    def desk_opened(self) -> None:
        """The desk answers signals now; one that came just before it did is given to it."""
        if self._early:
            signal.raise_signal(signal.SIGINT)

    def restore(self) -> None:
        """Put back what was there before."""
        for one, handler in self._before:
            signal.signal(one, handler)


def _run(settings: Settings, world: World, ending: _Ending, port: int, open_browser: bool) -> None:
    """Serve the desk in this thread and listen in another, until interrupted."""
    # Imported here so that the command line answers --help at once.
    from earnest.desk.app import create_app, serve  # noqa: PLC0415
    from earnest.ledger import Ledger  # noqa: PLC0415
    from earnest.search.home import open_index  # noqa: PLC0415

    _say("A small made-up world opens on loopback: X, Reddit and five blogs, about a company named Larkspur.")
    with Ledger.open(settings.database, rules=settings.rules) as ledger:
        index = open_index(ledger, settings.data_dir, environ={})
        listening = _Listening(settings, ledger, index, world, open_browser)
        listening.start()

        def opened(url: str) -> None:
            ending.desk_opened()
            listening.desk_opened(url)

        try:
            app = create_app(ledger, settings, index)
            ending.desk_takes_over()
            serve(app, settings.desk.host, port, ready=opened)
        finally:
            listening.end()
            if listening.failure is not None:
                raise listening.failure


class _Listening(threading.Thread):
    """Polls the world: the first pass, a word about it, then again and again until told to end."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        index: MentionsIndex,
        world: World,
        open_browser: bool,
    ) -> None:
        super().__init__(name="listening", daemon=True)
        self._settings = settings
        self._ledger = ledger
        self._index = index
        self._world = world
        self._open_browser = open_browser
        self._began = time.monotonic()
        self._desk = threading.Event()
        self._url = ""
        self._ended = threading.Event()
        self.failure: Exception | None = None

    def desk_opened(self, url: str) -> None:
        """The desk answers at `url`."""
        self._url = url
        self._desk.set()

    def end(self) -> None:
        """Finish the pass under way, and stop."""
        self._ended.set()
        self.join(timeout=20)

    def run(self) -> None:
        """Listen until ended. A failure (of the ledger, of the model) ends the whole demo and is told."""
        try:
            self._listen()
        except Exception as error:  # handed to the main thread, which raises it
            self.failure = error
            os.kill(os.getpid(), signal.SIGTERM)

    def _listen(self) -> None:
        from earnest.pipeline import run_pass  # noqa: PLC0415
        from earnest.preview import analyzer_of  # noqa: PLC0415 - loads spaCy, beside the desk
        from earnest.telling.passing import tell  # noqa: PLC0415
        from listeners.registry import build  # noqa: PLC0415

        settings = self._settings
        listeners = [
            listener
            for source in settings.sources
            for listener in build(source, settings.brands, secrets=SECRETS)
        ]
        analyzer = analyzer_of(settings)
        first, over = True, False
        while not self._ended.is_set():
            report = run_pass(settings, self._ledger, analyzer, self._index, listeners=listeners)
            if settings.desk.tell.somebody:
                tell(settings.desk.tell, self._ledger, secrets())
            if first:
                self._welcome(report.posts, report.cases_opened)
                first = False
            elif not over and utcnow() > self._world.ends:
                over = True
                _say("The story has ended: nothing new will be said. The desk stays open; Ctrl-C ends it.")
            self._ended.wait(_BETWEEN_POLLS)

    def _welcome(self, posts: int, cases: int) -> None:
        """Say what was heard, and where the desk is: the last line, when both are ready."""
        self._desk.wait()
        seconds = time.monotonic() - self._began
        minutes = round((self._world.ends - utcnow()).total_seconds() / 60)
        rest = f"{minutes} minutes" if minutes > 1 else "a minute"
        _say(f"Heard {posts} posts, opened {cases} cases ({seconds:.0f} s).")
        _say(f"More posts keep coming for {rest}. Ctrl-C ends everything.")
        _say(f"The desk: {self._url}")
        if self._open_browser:
            webbrowser.open(self._url)


def _say(line: str) -> None:
    typer.echo(line)
