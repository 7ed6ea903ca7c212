"""What is measured is told to Prometheus, sent to DogStatsD, and watched by rules."""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ingest.shared.settings import ROOT
from loaders.jobs.metrics import watching
from loaders.jobs.store import Jobs
from loaders.load.rollback import Rollback
from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import record
from tests.places.moments import moment

NAMED = (
    *("job.started", "job.completed", "job.halted", "job.failed"),
    *("records.migrated", "records.skipped", "records.failed"),
    *("batch.duration", "failure_rate", "accuracy_pct"),
    *("rollback.records_removed", "rollback.failed", "usman.calls", "usman.errors"),
)
ALERTS = ROOT / "loaders" / "app" / "alerts.yml"

Samples = dict[tuple[str, tuple[str, ...]], float]


def scraped(service: Service) -> Samples:
    """Every sample by its name and its labels' values."""
    with service.as_service() as client:
        text = client.get("/metrics").text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def families(service: Service) -> set[str]:
    """The names of every metric, with or without a value."""
    with service.as_service() as client:
        return set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))


def worked(jobs: Jobs) -> None:
    """A job that migrated, skipped, failed and was completed."""
    job = jobs.start(requested_by="anna")
    counts = {**job.document["counts"], "migrated": 90, "already_present": 4, "failed": 1}
    job.update(
        counts=counts | {"skipped": 5},
        reasons={"no_contact": 5, "write_error": 1},
        failure_rate=0.01,
        batches={"count": 2, "seconds": 0.5},
        usman={"calls": 3, "errors": 1},
    )
    job.update(accuracy_pct=94.0, eligible_accuracy_pct=98.9)
    job.finish("completed")


def test_prometheus_is_told_of_every_account(service: Service) -> None:
    """Counters are sums over an account's jobs, gauges the last job's."""
    worked(service.jobs())
    worked(service.jobs())
    service.jobs("demo-medium").start(requested_by="bert").finish("halted", error="too many")
    samples = scraped(service)
    expected = {
        ("crm_migration_job_started_total", ("demo-small",)): 2,
        ("crm_migration_job_completed_total", ("demo-small",)): 2,
        ("crm_migration_job_halted_total", ("demo-medium",)): 1,
        ("crm_migration_records_migrated_total", ("demo-small",)): 180,
        ("crm_migration_records_skipped_total", ("demo-small", "no_contact")): 10,
        ("crm_migration_records_skipped_total", ("demo-small", "duplicate_external_id")): 8,
        ("crm_migration_records_failed_total", ("demo-small", "write_error")): 2,
        ("crm_migration_batch_duration_seconds_count", ("demo-small",)): 4,
        ("crm_migration_batch_duration_seconds_sum", ("demo-small",)): 1.0,
        ("crm_migration_usman_calls_total", ("demo-small",)): 6,
        ("crm_migration_usman_errors_total", ("demo-small",)): 2,
        ("crm_migration_failure_rate", ("demo-small",)): 0.01,
        ("crm_migration_accuracy_pct", ("demo-small",)): 94.0,
        ("crm_migration_eligible_accuracy_pct", ("demo-small",)): 98.9,
        ("crm_migration_rollback_failed_total", ("demo-small",)): 0,
        ("crm_migration_rollback_failed_total", ("demo-medium",)): 0,
    }
    assert {key: samples.get(key) for key in expected} == expected


def test_rollbacks_are_counted(service: Service) -> None:
    """What they removed, and those that failed."""
    worked(service.jobs())
    service.database.activity_logs.insert_many([record(number) for number in range(3)])
    with service.as_service() as client:
        path = "/private/activity_logs/crm_migration/rollback"
        assert client.post(path, json={"company_sso_id": "company-a"}).status_code == 200
    assert scraped(service)["crm_migration_rollback_records_removed_total", ("demo-small",)] == 3


def test_a_silent_job_grows_old(service: Service) -> None:
    """The age of an active job's last sign of life, queued ones included; no other's."""
    worked(service.jobs("demo-medium"))
    job = service.jobs().trigger(requested_by="anna")
    service.jobs().collection.update_one(
        {"job_id": job["job_id"]}, {"$set": {"updated_at": moment() - timedelta(minutes=6)}}
    )
    ages = {key: age for key, age in scraped(service).items() if "heartbeat" in key[0]}
    [((_, account), age)] = ages.items()
    assert account == ("demo-small",)
    assert 360 <= age < 400


def test_every_named_metric_is_there_before_the_first_job(service: Service) -> None:
    """Of the specification's names none is missing."""
    found = families(service)
    for name in NAMED:
        wanted = f"crm_migration_{name.replace('.', '_')}"
        assert {wanted, f"{wanted}_total", f"{wanted}_seconds"} & found, name


def test_every_alert_names_a_metric_that_is_exported(service: Service) -> None:
    """The rules are the specification's, each with a severity and a word of advice."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"crm_migration_\w+", rule["expr"])}
    assert len(rules) == 7
    assert named <= families(service)
    assert all(rule["labels"]["severity"] in ("warning", "page") for rule in rules)
    assert all({"summary", "action"} == set(rule["annotations"]) for rule in rules)


@pytest.fixture
def statsd() -> Iterator[socket.socket]:
    """A receiver of DogStatsD."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


def received(receiver: socket.socket) -> Counter[str]:
    """What has come and how often, each line without what the client adds of itself."""
    lines: list[str] = []
    receiver.settimeout(0.3)
    try:
        while True:
            lines += receiver.recv(65_536).decode().splitlines()
    except TimeoutError:
        return Counter(re.sub(r"\|[ce]:[^|#]*$", "", line) for line in lines)


def test_statsd_gets_what_changed(service: Service, statsd: socket.socket) -> None:
    """Each update sends its difference, tagged with account and reason, and no more.

    Of two batches that one update tells, each is sent with the mean of both.
    """
    with watching(statsd.getsockname()) as watch:
        worked(Jobs(service.database, service.jobs().account, watch))
    tag = "|#account:demo-small"
    assert received(statsd) == Counter(
        [
            f"crm_migration.job.started:1|c{tag}",
            f"crm_migration.records.migrated:90|c{tag}",
            f"crm_migration.records.skipped:5|c{tag},reason:no_contact",
            f"crm_migration.records.skipped:4|c{tag},reason:duplicate_external_id",
            f"crm_migration.records.failed:1|c{tag},reason:write_error",
            f"crm_migration.usman.calls:3|c{tag}",
            f"crm_migration.usman.errors:1|c{tag}",
            f"crm_migration.batch.duration:250.0|ms{tag}",
            f"crm_migration.batch.duration:250.0|ms{tag}",
            f"crm_migration.failure_rate:0.0|g{tag}",
            f"crm_migration.failure_rate:0.01|g{tag}",
            f"crm_migration.accuracy_pct:94.0|g{tag}",
            f"crm_migration.eligible_accuracy_pct:98.9|g{tag}",
            f"crm_migration.job.completed:1|c{tag}",
        ]
    )


def test_statsd_gets_a_failed_rollback(service: Service, statsd: socket.socket) -> None:
    """One that was interrupted counts as failed, one that ended tells how many it removed."""
    service.database.activity_logs.insert_one(record(1))
    worked(service.jobs())
    with watching(statsd.getsockname()) as watch:
        rollback = Rollback(service.database, service.jobs().account, "anna", watch)
        with pytest.raises(KeyboardInterrupt):
            rollback.run(_Interrupting())
        service.database.activity_logs.insert_one(record(2))
        rollback.run(_Silent())
    assert received(statsd) == Counter(
        [
            "crm_migration.rollback.failed:1|c|#account:demo-small",
            "crm_migration.rollback.records_removed:1|c|#account:demo-small",
        ]
    )


class _Interrupting:
    def advance(self, rows: int) -> None:
        """Somebody presses Ctrl-C after the first batch."""
        raise KeyboardInterrupt(rows)


class _Silent:
    def advance(self, rows: int) -> None:
        """Nobody watches."""
