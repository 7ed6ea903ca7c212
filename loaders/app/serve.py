"""Serves the app until it is told to stop (rules: http, commands)."""

import signal
import socket
import subprocess  # our own programs, without a shell # nosec B404
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from ingest.shared.errors import SettingsError
from ingest.shared.processes import with_parent
from ingest.shared.settings import ROOT
from loaders.app.application import create_app
from loaders.app.doors.patience import PatientProtocol
from loaders.app.settings import AppSettings
from loaders.errors import WorkerEndedError

log = structlog.get_logger("app")


def serve(
    settings: AppSettings,
    env: Mapping[str, str],
    *,
    with_worker: bool = False,
    routes: Sequence[BaseRoute] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; requests that run are answered first.

    Args:
        settings: The app's settings.
        env: Environment of the worker.
        with_worker: Run a worker beside it, which ends with it.
        routes: More routes of the app.

    Raises:
        SettingsError: The address cannot be listened at.
        WorkerEndedError: The worker ended by itself.
    """
    with _listening(settings) as listening:
        server = server_of(create_app(settings, routes))
        host, port = listening.getsockname()[:2]
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # both end it in order
        with suppress(KeyboardInterrupt), _worker(env, server) if with_worker else nullcontext():
            log.info("serving", url=f"http://{host}:{port}")
            server.run(sockets=[listening])


def server_of(app: Starlette, http: type[PatientProtocol] = PatientProtocol) -> uvicorn.Server:
    """Return the server of an app, not yet started."""
    config = uvicorn.Config(
        app,
        access_log=False,  # it would log parameters; the app logs each request itself
        log_config=None,
        server_header=False,
        proxy_headers=False,  # who calls is who is connected: anybody can send a header
        http=http,
        timeout_graceful_shutdown=30,
    )
    return uvicorn.Server(config)


@contextmanager
def _listening(settings: AppSettings) -> Iterator[socket.socket]:
    try:
        listening = socket.create_server((settings.host, settings.port))
    except OSError as error:
        problem = f"{settings.host}:{settings.port} cannot be listened at: {error.strerror}"
        raise SettingsError("HOST, PORT", problem) from error
    with listening:
        yield listening


@contextmanager
def _worker(env: Mapping[str, str], server: uvicorn.Server) -> Iterator[None]:
    """Run a worker while the block runs; without it the server ends too."""
    process = subprocess.Popen(  # noqa: S603 - our own command # nosec B603
        with_parent([sys.executable, "-m", "loaders", "worker"]),
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    was_alive = True

    def watch() -> None:
        process.wait()
        server.should_exit = True

    threading.Thread(target=watch, name="worker", daemon=True).start()
    try:
        yield
        was_alive = process.poll() is None
    finally:
        process.terminate()
        exit_code = process.wait()
    if not was_alive:
        raise WorkerEndedError(exit_code)
