"""Lands Arrow tables in the warehouse by dlt (rule: extract)."""

import shutil

import dlt
import duckdb
from dlt.common.exceptions import DltException
from dlt.extract import DltResource

from ingest.landing.dlt_settings import use_our_settings
from ingest.landing.staged import SHARE, Warehouse, unusable
from ingest.shared.duckdb_settings import duckdb_config
from ingest.shared.errors import MigrationError, WarehouseError, causes


class Landing:
    """Runs one account's pipelines.

    dlt's working folder is scratch: it is emptied first and last, so that a package which a killed process
    left behind is never loaded a second time. The schemas come back from the warehouse itself.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._scratch = warehouse.folder / "dlt"
        self._pipelines: dict[str, dlt.Pipeline] = {}
        use_our_settings()
        self.close()

    def close(self) -> None:
        """Remove the working folder: its packages hold the rows that were landed."""
        shutil.rmtree(self._scratch, ignore_errors=True)

    def land(self, dataset: str, *resources: DltResource) -> None:
        """Land resources in a dataset; each becomes one file, and a file one transaction.

        Raises:
            MigrationError: What a source raised while it was read.
            WarehouseError: The rows could not be written, or break the frozen contract.
        """
        try:
            self._pipeline(dataset).run(list(resources))
        except (DltException, duckdb.Error) as error:
            raise self._ours(error) from error

    def _pipeline(self, dataset: str) -> dlt.Pipeline:
        """Return a dataset's pipeline; the first run asks the warehouse for its schema."""
        if dataset not in self._pipelines:
            credentials = {
                "database": str(self._warehouse.path),
                "global_config": duckdb_config(share=SHARE),
            }
            self._pipelines[dataset] = dlt.pipeline(
                dataset,
                pipelines_dir=str(self._scratch),
                destination=dlt.destinations.duckdb(credentials),
                dataset_name=dataset,
            )
        return self._pipelines[dataset]

    def _ours(self, error: BaseException) -> MigrationError:
        chain = list(causes(error))
        ours = next((cause for cause in chain if isinstance(cause, MigrationError)), None)
        return ours or unusable(self._warehouse.path, Exception(str(chain[-1])))


__all__ = ["Landing", "WarehouseError"]
