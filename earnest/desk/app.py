"""The responders' web application, put together.

Pages are plain HTML from templates; every form works without JavaScript; the browser modules in
`static/` only add comfort. The desk reads and writes through the ledger alone.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from zoneinfo import ZoneInfo

import uvicorn
from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response
from starlette.types import Scope

from earnest.desk import pages
from earnest.desk.counts import Counts
from earnest.desk.description import describe
from earnest.desk.doorkeeper import Doorkeeper, people_sign_in
from earnest.desk.glances import Glances
from earnest.desk.guard import Guard
from earnest.desk.identity import Seal
from earnest.desk.knowledge import Shelf
from earnest.desk.metrics import Counted, Metrics
from earnest.desk.oidc import Provider
from earnest.desk.pace import Pace
from earnest.desk.pages import elsewhere, sign_in
from earnest.desk.rendering import STATIC, environment, page, static_version
from earnest.desk.reply_shelf import ReplyShelf
from earnest.ledger import Ledger
from earnest.ledger.errors import LedgerError, NoSuchCase
from earnest.ledger.habits import Habits
from earnest.search.index import MentionsIndex
from earnest.settings import Settings
from listeners.listener import Clock, utcnow

HOSTS = ("127.0.0.1", "localhost", "::1")
PORT = 8321
WAKE_SECONDS = 15.0


def create_app(
    ledger: Ledger,
    settings: Settings,
    index: MentionsIndex,
    *,
    clock: Clock = utcnow,
    behind_tls: str = "",
) -> FastAPI:
    """The desk over an open ledger and index. It keeps one small file: `desk.key` in the data folder.

    behind_tls: the https address under which a proxy shows it; cookies are then Secure.
    """
    app = FastAPI(
        title="Earnest",
        summary="A listening desk",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_waking,
    )
    app.state.ledger = ledger
    app.state.settings = settings
    app.state.index = index
    app.state.clock = clock
    app.state.closing = threading.Event()  # set when told to stop: live pages end by themselves
    app.state.zone = ZoneInfo(settings.desk.time_zone)
    app.state.seal = Seal.kept_in(settings.data_dir)
    app.state.behind_tls = behind_tls
    app.state.password_limiter = CapacityLimiter(sign_in.AT_ONCE)
    app.state.provider = Provider.of(settings.desk.oidc, clock=clock)
    app.state.oidc_limiter = CapacityLimiter(elsewhere.AT_ONCE)
    app.state.pace = Pace(clock)
    app.state.habits = Habits(ledger.database)
    app.state.counts = Counts(ledger)
    app.state.shelf = Shelf(settings.knowledge)
    app.state.replies = ReplyShelf(settings.replies, settings.topics)
    app.state.templates = environment(app.state.zone)
    app.state.glances = Glances(clock)
    app.state.metrics = Metrics(ledger, settings.desk.tell)
    app.mount(f"/static/{static_version()}", _Kept(directory=STATIC), name="static")
    app.router.routes.extend(pages.routes())
    describe(app)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(NoSuchCase, _no_case)
    app.add_exception_handler(LedgerError, _trouble)
    app.add_middleware(Counted, metrics=app.state.metrics)
    app.add_middleware(Doorkeeper)
    app.add_middleware(Guard, hosts=HOSTS, behind_tls=behind_tls)  # added last: the outermost
    return app


@asynccontextmanager
async def _waking(app: FastAPI) -> AsyncIterator[None]:
    """While the desk serves: free cases whose lease ran out and wake those whose sleep ended."""

    async def wake() -> None:
        while True:
            try:
                await run_in_threadpool(app.state.ledger.wake)
            except LedgerError as trouble:
                logging.getLogger(__name__).warning("could not wake cases: %s", trouble)
            await asyncio.sleep(WAKE_SECONDS)

    task = asyncio.create_task(wake())
    yield
    task.cancel()


def serve(app: FastAPI, host: str, port: int = PORT, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve until interrupted. Other hosts than loopback only where people sign in, behind TLS (ValueError).

    A busy port gives way to the next free one (OSError after 20). ready: called with the address once
    the desk answers there.
    """
    closed = people_sign_in(app)
    listening = bind(host, port, others="" if closed and app.state.behind_tls else _mend(closed))
    address = f"http://{host if ':' not in host else f'[{host}]'}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
        # who asks, and whether by https, is the proxy's word only where a proxy is told of
        proxy_headers=bool(app.state.behind_tls),
        forwarded_allow_ips=list(app.state.settings.desk.proxies),
    )
    server = _Server(config, app.state.closing, (lambda: ready(address)) if ready else None)
    # uvicorn ends cleanly on Ctrl-C and then raises the signal again; whoever serves wants to go on.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def _mend(closed: bool) -> str:
    """What is missing before others may reach the desk."""
    if not closed:
        return "nobody signs in at this desk yet: first `earnest people add NAME --role admin`"
    return "passwords must not travel in the clear: add --behind-tls https://… for the proxy in front of it"


def bind(host: str, port: int, *, others: str = "nobody signs in at it") -> socket.socket:
    """A listening socket on `host`, at `port` or the next free one of the 20 after it; 0 picks any.

    others: why only loopback will do (ValueError says it); "" where any address will.
    """
    name = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = False
    if others and not loopback:
        raise ValueError(
            f"the desk serves this machine only: use 127.0.0.1, not {host or 'nothing'}; {others}"
        )
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    for candidate in range(port, port + 20 if port else 1):
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((name, candidate))
            listening.listen(128)
        except OSError:
            listening.close()
            continue
        return listening
    raise OSError(f"ports {port} to {port + 19} are all in use; name another with --port")


class _Server(uvicorn.Server):
    """Tells when it answers, and tells live pages when it stops."""

    def __init__(
        self, config: uvicorn.Config, closing: threading.Event, ready: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._closing = closing
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


class _Kept(StaticFiles):
    """Static files under an address that changes with their content: caches may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _say(request: Request, status: int, message: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": message}, status)
    return page(request, "error.html", status=status, message=message)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    message = (
        "There is no such page." if error.status_code == 404 and error.detail == "Not Found" else error.detail
    )
    return _say(request, error.status_code, message)


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(problem["loc"][0] == "path" for problem in error.errors()):
        return _say(request, 404, "There is no such page.")
    fields = ", ".join(str(problem["loc"][-1]) for problem in error.errors())
    return _say(request, 422, f"Could not read: {fields}. Go back, mend it, and send again.")


def _no_case(request: Request, error: Exception) -> Response:
    return _say(request, 404, f"{str(error)[:1].upper()}{str(error)[1:]}. It may have been written wrongly.")


def _trouble(request: Request, error: Exception) -> Response:
    return _say(request, 503, f"The ledger cannot be used just now: {error}.")
