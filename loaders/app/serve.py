"""Serves the app until it is told to stop (spec §11, §14)."""

import uvicorn

from loaders.app.application import create_app
from loaders.app.settings import AppSettings


def serve(settings: AppSettings) -> None:
    """Serve until SIGINT or SIGTERM; requests that run are answered first."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,  # it would log parameters; the app logs each request itself
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=30,
    )
    uvicorn.Server(config).run()
