"""Logs of the services: lines for people on a terminal, JSON elsewhere (rule: observability).

What is logged is named in the call: ids, states, counts, durations. E-mails, names, comments and
change values are never handed to it, and no text of an error that is not ours.
"""

import logging
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from ingest.shared.text import one_line


def configure_logs(stream: TextIO) -> None:
    """Send the logs of this process, and its libraries' warnings, to a stream."""
    is_terminal = stream.isatty()
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _one_line,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.PrintLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _without_traceback],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _one_line(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Keep what is logged on its line, and from ruling the terminal that shows it."""
    return {name: one_line(each) if isinstance(each, str) else each for name, each in line.items()}


def _without_traceback(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Keep the type of a library's exception, not its text: that may hold a document."""
    exc_info = line.pop("exc_info", None)
    if exc_info and exc_info[0]:
        line["error"] = exc_info[0].__name__
    return line
