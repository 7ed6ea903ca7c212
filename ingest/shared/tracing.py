"""Traces of what is done, where a collector is named (rule: observability)."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any

from ingest.shared.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

SERVICE = "crm-migrate"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PARENT = "TRACEPARENT"
"""A process's variable for the span that it belongs to, as W3C writes it."""


@contextmanager
def traced(name: str, parent: str | None = None, **attributes: Any) -> Iterator["Span | None"]:
    """Record a span of the block; without a collector nothing is loaded and nothing recorded.

    Args:
        name: What is done.
        parent: The span that it belongs to, as W3C writes it; else the block's own around it, or
            the process's.
        attributes: Ids, counts and reasons; no value of an audit, no name and no address.
    """
    tracer = _tracer()
    if tracer is None:
        yield None
        return
    from opentelemetry.trace import StatusCode

    attributes = {f"crm_migration.{key}": value for key, value in attributes.items()}
    context = _context_of(parent)
    with tracer.start_as_current_span(
        name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:  # its text may hold what it is about
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def current_traceparent() -> str | None:
    """Return the span around this, as W3C writes it."""
    if _tracer() is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def traced_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return a child's environment, which tells it the span that it belongs to."""
    parent = current_traceparent()
    return {**env, PARENT: parent} if parent else dict(env)


def _context_of(parent: str | None) -> Any:
    """Return the context of a span that stands in another process, or none for the block's own."""
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if parent is None and not trace.get_current_span().get_span_context().is_valid:
        parent = os.environ.get(PARENT)
    return TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None


@cache
def _tracer() -> "Tracer | None":
    """Return the process's tracer, made when it is first asked for: forks have one each."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", SERVICE)
    try:
        provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False
        )
        processor = BatchSpanProcessor(OTLPSpanExporter())
    except ValueError as error:
        raise SettingsError("OTEL_*", str(error)) from error
    logging.getLogger("opentelemetry").propagate = False  # its lines are not for a terminal
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
    provider.add_span_processor(processor)
    Finalize(None, provider.shutdown, exitpriority=0)  # at the end of forks too
    return provider.get_tracer(SERVICE)
