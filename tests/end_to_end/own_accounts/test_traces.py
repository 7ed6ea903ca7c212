"""One trace leads from the request that triggers a run to its last batch (rule: observability)."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from ingest.demo.crm.plans import Plan
from tests.loaders.app.conftest import PASSWORD, SECRET, USERNAME
from tests.loaders.app.test_serve import served
from tests.places import warm
from tests.places.copies import Place, seeded_place

PLAN = Plan("demo-small", 101, 300, 1_000_001, seed=1)
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PATH = "/private/activity_logs/crm_migration"
PHASES = ("extract", "transform", "load", "reconcile", "report")
OURS, THEIRS = "crm_migration.", {"http.response.status_code"}
TOLD = {"account", "job_id", "documents", "emails"}


class Collector:
    """An OTLP collector on loopback, which keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Span] = []

    def take(self, body: bytes) -> None:
        """Keep what a request holds."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def path_of(self, span: Span) -> str:
        """Return the names from the request to a span."""
        above = {each.span_id: each for each in self.spans}.get(span.parent_span_id)
        return f"{self.path_of(above)} > {span.name}" if above else span.name


@contextmanager
def collecting() -> Iterator[Collector]:
    """Serve a collector while the block runs."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def place(servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A small account that passed its gates."""
    var = tmp_path_factory.mktemp("traces")
    with seeded_place(servers.env, PLAN.account, var, [PLAN]) as place:
        place.done("ingest", "probe")
        yield place


@pytest.fixture(scope="module")
def collector(place: Place) -> Iterator[Collector]:
    """What was told of a run that a service triggered and a worker did."""
    with collecting() as collector:
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        app = {
            "MIGRATION_BASIC_USERNAME": USERNAME,
            "MIGRATION_BASIC_PASSWORD": PASSWORD,
            "IAG_SESSION_SECRET": SECRET,
            "PORT": "0",
        }
        with served(place.env | app | traced) as (_, url):
            answer = httpx.post(
                url + PATH,
                json={"company_sso_id": place.company_sso_id},
                auth=(USERNAME, PASSWORD),
                headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
            )
            assert answer.status_code == 202, answer.text
            worker = [warm.python(), "-m", "loaders", "worker", "--until-idle"]
            done = warm.run(worker, place.env | traced)
            assert done.returncode == 0, done.stderr
        assert place.job()["status"] == "completed"
        yield collector


def test_it_is_one_trace(collector: Collector) -> None:
    """The caller's, whatever process did the work."""
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    [request] = [span for span in collector.spans if span.name.startswith("POST ")]
    assert request.parent_span_id.hex() == CALLER
    assert not [span for span in collector.spans if span.status.code == Status.STATUS_CODE_ERROR]


def test_every_step_stands_in_its_place(collector: Collector) -> None:
    """Request, run, phases; batches in the load, calls to USMAN in the extract."""
    request = f"POST {PATH}"
    expected = {request, f"{request} > run"} | {f"{request} > run > {each}" for each in PHASES}
    expected |= {f"{request} > run > load > batch", f"{request} > run > extract > USMAN call"}
    assert {collector.path_of(span) for span in collector.spans} == expected


def test_a_trace_tells_ids_and_counts_alone(collector: Collector) -> None:
    """No value of an audit, no name, no address."""
    keys = {each.key for span in collector.spans for each in span.attributes}
    assert keys == {OURS + each for each in TOLD} | THEIRS
    assert not [event for span in collector.spans for event in span.events]


def test_a_collector_that_is_gone_costs_no_run(place: Place) -> None:
    """Nothing is printed of it, and the run is completed."""
    done = place.done("loaders", "migrate", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert "127.0.0.1" not in done.stdout + done.stderr
    assert place.job()["status"] == "completed"
