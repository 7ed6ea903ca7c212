"""Creates the indexes that a run rests on: ``make indexes``, and nothing else (rule: document)."""

from pymongo.errors import OperationFailure

from ingest.shared.errors import MissingIndexError
from ingest.shared.indexes import INDEXES, check_indexes, index_faults
from ingest.shared.mongo import CdpDatabase, translated


def ensure_indexes(database: CdpDatabase) -> list[str]:
    """Create what is missing, then check all of it.

    Returns:
        ``collection.index`` of every index that is needed.

    Raises:
        MissingIndexError: An index of that name exists with another definition.
    """
    for collection, models in INDEXES.items():
        with translated():
            try:
                database[collection].create_indexes(list(models))
            except OperationFailure as error:
                raise MissingIndexError(index_faults(database, collection)) from error
    check_indexes(database)
    return [f"{name}.{model.document['name']}" for name, all_ in INDEXES.items() for model in all_]
