"""What nobody foresaw is answered and logged without its text (rule: observability)."""

import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from loaders.app.routes import sessions
from tests.loaders.app.conftest import Service


@contextmanager
def captured_logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """Keep what the app logs instead of showing it."""
    before, captured = structlog.get_config(), LogCapture()
    structlog.configure(processors=[captured])
    try:
        yield captured.entries
    finally:
        structlog.configure(**before)


def test_an_unforeseen_error_is_told_without_its_text(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 as JSON; the log names the error's type and place, and the request's status."""

    def broken(*_: object) -> None:
        raise ValueError("Änne's secret")

    monkeypatch.setattr(sessions, "last_job", broken)
    with captured_logs() as entries, service.as_person() as person:
        answer = person.get("/v1/crm_migration/status")
        while len(entries) < 2:  # the request is logged once it is answered
            time.sleep(0.01)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
    failed, request = entries
    assert (failed["error"], failed["log_level"]) == ("ValueError", "error")
    assert "broken" in failed["at"][-1]
    assert request["status"] == 500
    assert "secret" not in answer.text + str(entries)
