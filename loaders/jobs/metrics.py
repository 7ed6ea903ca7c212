"""What is measured of jobs: sent to DogStatsD as it happens, told to Prometheus when asked.

Both are read from the job documents by one definition: DogStatsD gets the difference that an
update makes, Prometheus the sum over an account's jobs. Only accounts and reasons are tags.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from loaders.jobs.job_changes import JobDocument
from loaders.jobs.job_document import ACTIVE, Watch, unwatched
from loaders.jobs.reasons import is_failure

Counted = Counter[tuple[str, str]]

PREFIX = "crm_migration"
# What happened to a job, as its history names it, and the counter that counts it.
EVENTS = {
    "trigger": "job.started",
    "resume": "job.started",
    "completed": "job.completed",
    "halted": "job.halted",
    "failed": "job.failed",
    "rollback_failed": "rollback.failed",
}
COUNTERS = {
    "job.started": "Jobs triggered or resumed.",
    "job.completed": "Jobs completed.",
    "job.halted": "Jobs halted at more than 10 % failures.",
    "job.failed": "Jobs failed.",
    "records.migrated": "Audits written as activity logs.",
    "records.skipped": "Audits that a stated rule does not migrate, by reason.",
    "records.failed": "Audits that should have been migrated and could not be, by reason.",
    "rollback.records_removed": "Activity logs that rollbacks deleted.",
    "rollback.failed": "Rollbacks that left something or were interrupted.",
    "usman.calls": "Calls of USMAN.",
    "usman.errors": "Calls of USMAN that were not answered.",
}
WITH_REASON = ("records.skipped", "records.failed")
GAUGES = {
    "failure_rate": "Share of failures in the last job.",
    "accuracy_pct": "Logs over audits in scope at the last job's end, in percent.",
    "eligible_accuracy_pct": "The same over audits that no rule skips, in percent.",
}
BATCH = "batch.duration"
# Seconds since a field of the active job was written.
AGES = {
    "heartbeat.age": ("updated_at", "the active job's last sign of life; a queued job's too"),
    "progress.age": ("progress_at", "the active job's last progress"),
}


def counted(job: Mapping[str, Any]) -> Counted:
    """Count what a job document tells, by counter and reason."""
    found: Counted = Counter({(name, ""): 0 for name in COUNTERS if name not in WITH_REASON})
    for happened in job.get("events", ()):
        if happened["what"] in EVENTS:
            found[EVENTS[happened["what"]], ""] += 1
    counts, usman = job.get("counts") or {}, job.get("usman") or {}
    found["records.migrated", ""] = counts.get("migrated", 0)
    found["records.skipped", "duplicate_external_id"] = counts.get("already_present", 0)
    for reason, count in (job.get("reasons") or {}).items():
        outcome = "failed" if is_failure(reason) else "skipped"
        found[f"records.{outcome}", reason] += count
    found["rollback.records_removed", ""] = job.get("records_removed", 0)
    found["usman.calls", ""] = usman.get("calls", 0)
    found["usman.errors", ""] = usman.get("errors", 0)
    return found


@contextmanager
def watching(address: tuple[str, int] | None) -> Iterator[Watch]:
    """Give what sends the metrics of every change of a job; without an address nothing does."""
    if address is None:
        yield unwatched
        return
    watch = StatsdWatch(*address)
    try:
        yield watch
    finally:
        watch.close()


class StatsdWatch:
    """Sends to DogStatsD by UDP: a receiver that is down disturbs nobody.

    Args:
        host: Where it listens.
        port: Its port.
    """

    def __init__(self, host: str, port: int) -> None:
        from datadog.dogstatsd.base import DogStatsd  # a third of a second, for those who send

        self._client = DogStatsd(host, port, namespace=PREFIX, disable_telemetry=True)

    def close(self) -> None:
        """Close the socket."""
        self._client.close_socket()

    def __call__(self, before: JobDocument, after: JobDocument) -> None:
        """Send what an update of a job document changed."""
        tags = [f"account:{after['account']}"]
        for (name, reason), count in (counted(after) - counted(before)).items():
            self._client.increment(name, count, [*tags, *([f"reason:{reason}"] if reason else [])])
        for name in GAUGES:
            if after.get(name) is not None and after.get(name) != before.get(name):
                self._client.gauge(name, after[name], tags)
        (count, seconds), (count_before, seconds_before) = _batches(after), _batches(before)
        for _ in range(count_before, count):
            mean = (seconds - seconds_before) / (count - count_before)
            self._client.timing(BATCH, 1000 * mean, tags)


class JobCollector(Collector):
    """Tells Prometheus of some jobs.

    Args:
        jobs: Every job of every account, oldest first.
        moment: The time, naive UTC.
    """

    def __init__(self, jobs: Sequence[JobDocument], moment: datetime) -> None:
        self._jobs = jobs
        self._last = {job["account"]: job for job in jobs}
        self._moment = moment

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, those without a value too."""
        yield from self._counters()
        yield self._batch_durations()
        for name, help_text in GAUGES.items():
            family = GaugeMetricFamily(_name(name), help_text, labels=["account"])
            for account, job in self._last.items():
                if job.get(name) is not None:
                    family.add_metric([account], job[name])
            yield family
        yield self._drift()
        for name in AGES:
            yield self._ages(name)

    def _counters(self) -> Iterator[Metric]:
        sums: dict[str, Counted] = {}
        for job in self._jobs:
            sums.setdefault(job["account"], Counter()).update(counted(job))
        for name, help_text in COUNTERS.items():
            labels = ["account", "reason"] if name in WITH_REASON else ["account"]
            family = CounterMetricFamily(_name(name), help_text, labels=labels)
            for account, sum_ in sums.items():
                for (counter, reason), count in sum_.items():
                    if counter == name:
                        family.add_metric([account, reason][: len(labels)], count)
            yield family

    def _batch_durations(self) -> Metric:
        help_text = "Seconds that MongoDB took for a batch."
        family = SummaryMetricFamily(f"{_name(BATCH)}_seconds", help_text, labels=["account"])
        for account in self._last:
            batches = [_batches(job) for job in self._jobs if job["account"] == account]
            count, seconds = (sum(column) for column in zip(*batches, strict=True))
            family.add_metric([account], int(count), seconds)
        return family

    def _drift(self) -> Metric:
        help_text = "Documents of the last run that have drifted, by their first cause."
        family = GaugeMetricFamily(_name("drift"), help_text, labels=["account", "cause"])
        for account, job in self._last.items():
            for cause, count in (job.get("drift") or {}).items():
                family.add_metric([account, cause], count)
        return family

    def _ages(self, name: str) -> Metric:
        field, what = AGES[name]
        family = GaugeMetricFamily(
            f"{_name(name)}_seconds", f"Seconds since {what}.", labels=["account"]
        )
        for account, job in self._last.items():
            if job["status"] in ACTIVE and job.get(field):
                family.add_metric([account], (self._moment - job[field]).total_seconds())
        return family


def _name(name: str) -> str:
    return f"{PREFIX}_{name.replace('.', '_')}"


def _batches(job: Mapping[str, Any]) -> tuple[int, float]:
    batches = job.get("batches") or {}
    return batches.get("count", 0), batches.get("seconds", 0.0)
