"""Logs are lines on a terminal and JSON elsewhere, and hold no text of foreign errors."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from loaders.jobs.logs import configure_logs


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put back what a test configures."""
    handlers, level = logging.root.handlers[:], logging.root.level
    before = structlog.get_config()
    logging.root.handlers = []
    yield
    logging.root.handlers, logging.root.level = handlers, level
    structlog.configure(**before)


def test_elsewhere_than_on_a_terminal_a_line_is_json() -> None:
    """With its level and its time."""
    stream = io.StringIO()
    configure_logs(stream)
    structlog.get_logger("worker").info("run started", account="demo-small")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["account"], line["level"]) == ("run started", "demo-small", "info")
    assert line["timestamp"].endswith("Z")


def test_on_a_terminal_a_line_is_for_people() -> None:
    """The same, without braces."""
    stream = Terminal()
    configure_logs(stream)
    structlog.get_logger("worker").info("run started", account="demo-small")
    assert "run started" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_a_library_s_error_shows_its_type_alone() -> None:
    """Its text may hold a document."""
    stream = io.StringIO()
    configure_logs(stream)
    try:
        raise ValueError("Änne's secret")
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["error"]) == ("it failed", "ValueError")
    assert "secret" not in stream.getvalue()
