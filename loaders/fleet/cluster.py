"""The cluster that moves a fleet: processes of this machine, or any other Dask cluster."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster

from ingest.shared.pool import cores
from loaders.errors import SchedulerError

# A worker starts processes of its own, which multiprocessing forbids to daemons; and an account
# whose worker died is tried again, however often that happens to it. Nothing is served by HTTP.
CONFIG = {
    "distributed.worker.daemon": False,
    "distributed.scheduler.allowed-failures": 1_000,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
CONNECT_S = "20s"


@contextmanager
def opened_cluster(
    scheduler: str | None, workers: int | None, most: int, folder: Path
) -> Iterator[Client]:
    """Open a cluster, and close it where it is this machine's own.

    Args:
        scheduler: The address of another cluster's scheduler.
        workers: How many processes; a core each where none is told.
        most: More than so many would have nothing to do.
        folder: A private folder: Dask looks for modules in its scratch folder, which would
            otherwise lie where everybody may write.

    Raises:
        SchedulerError: Nobody answers at the address.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with dask.config.set(CONFIG | {"temporary-directory": str(folder.resolve())}):
        if scheduler:
            with _client(scheduler) as client:
                yield client
            return
        with (
            _local(max(1, min(workers or cores(), most))) as cluster,
            Client(cluster, security=cluster.security) as client,
        ):
            yield client


def _local(workers: int) -> LocalCluster:
    """Start processes of this machine; Ctrl-C is the command's, which ends them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # they inherit it
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            host="127.0.0.1",
            security=True,  # certificates of this cluster alone: whoever reaches it may run code
            memory_limit=0,  # what an account takes is bounded by DuckDB's and the loader's settings
            silence_logs="ERROR",
        )
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _client(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:  # nobody there; no address
        raise SchedulerError(scheduler) from error
