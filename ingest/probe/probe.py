"""Asks every gate of an account (rule: gates)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import pyarrow as pa

from ingest.probe.cdp_server import INDEXES_THERE, PRIMARY, indexes_gate, primary_gate
from ingest.probe.connection import CONNECTION, connection_gate
from ingest.probe.coverage import COVERAGE, coverage_gate, read_person_ids
from ingest.probe.crm_access import CONTRACT, SESSION, contract_gate, session_gate
from ingest.probe.extraction import EXTRACTION, extraction_gate
from ingest.probe.figures import AUDITS, SCOPE, audits_gate, read_figures, scope_gate
from ingest.probe.gates import Gate, Requirement
from ingest.probe.names import NAMES, names_gate
from ingest.probe.names_met import read_met
from ingest.probe.usman_answers import USMAN, read_emails, usman_gate
from ingest.settings import SourceSettings
from ingest.shared.errors import SourceError
from ingest.shared.seeds import (
    Account,
    read_join_models,
    read_mapped_pairs,
    read_mapped_types,
    read_person_types,
)
from ingest.sources.cdp import Cdp
from ingest.sources.crm import Crm
from ingest.sources.usman import Usman

TRIGGER = Requirement("migration_enabled", "true, for the HTTP trigger only")

Source = TypeVar("Source")


class Opened(Generic[Source]):
    """A source that was opened, or the reason why it could not be.

    Args:
        source: The source, or the error that every gate which needs it fails with.
    """

    def __init__(self, source: Source | SourceError) -> None:
        self._source = source

    def get(self) -> Source:
        """Return the source.

        Raises:
            SourceError: It could not be opened.
        """
        if isinstance(self._source, SourceError):
            raise self._source
        return self._source


@dataclass(frozen=True, slots=True)
class Sources:
    """What the gates ask."""

    settings: SourceSettings
    account: Account
    crm: Opened[Crm]
    cdp: Opened[Cdp]
    usman: Usman


def probe(settings: SourceSettings, account: Account, *, allow_empty: bool) -> Iterator[Gate]:
    """Ask every gate in turn; one that cannot be asked has failed.

    Args:
        settings: Where the sources are.
        account: The account.
        allow_empty: Let an account without audits pass.

    Raises:
        SettingsError: A URL cannot be used at all.
    """
    with _opened(settings, account) as sources:
        yield from _crm_gates(sources, allow_empty=allow_empty)
        yield from _cdp_gates(sources)
        yield _trigger_gate(account)


def _crm_gates(sources: Sources, *, allow_empty: bool) -> Iterator[Gate]:
    crm, settings = sources.crm, sources.settings
    figures = cache(lambda: read_figures(crm.get()))
    scoped = cache(lambda: _scoped(crm.get()))
    met = cache(lambda: read_met(crm.get()))

    def persons() -> pa.Table:
        return read_person_ids(scoped(), read_person_types())

    yield SESSION.asked(lambda: session_gate(crm.get(), settings))
    yield CONTRACT.asked(lambda: contract_gate(crm.get(), settings))
    yield CONNECTION.asked(lambda: connection_gate(scoped(), settings))
    yield AUDITS.asked(lambda: audits_gate(figures(), allow_empty=allow_empty))
    yield EXTRACTION.asked(lambda: extraction_gate(scoped(), settings))
    yield SCOPE.asked(lambda: scope_gate(figures(), read_mapped_pairs(), read_join_models()))
    yield NAMES.asked(lambda: names_gate(met(), sources.account))
    yield COVERAGE.asked(lambda: coverage_gate(persons(), sources.cdp.get(), met()))
    yield USMAN.asked(lambda: usman_gate(read_emails(crm.get(), settings), sources.usman))


def _scoped(crm: Crm) -> Crm:
    """Take the whole account as the scope, as a run without a date range does."""
    crm.cutoff(None)
    return crm


def _cdp_gates(sources: Sources) -> Iterator[Gate]:
    yield PRIMARY.asked(lambda: primary_gate(sources.cdp.get().database))
    yield INDEXES_THERE.asked(lambda: indexes_gate(sources.cdp.get().database))


def _trigger_gate(account: Account) -> Gate:
    if account.migration_enabled:
        return TRIGGER.passed("true")
    return TRIGGER.warned(
        "false", "the trigger answers 403 until dbt_project/seeds/accounts.csv says true"
    )


@contextmanager
def _opened(settings: SourceSettings, account: Account) -> Iterator[Sources]:
    """Open what can be opened."""
    with ExitStack() as stack:
        crm = _tried(stack, Crm.opened(settings, account, read_mapped_types()))
        cdp = _tried(stack, Cdp.opened(settings, account))
        usman = stack.enter_context(Usman.opened(settings, account))
        yield Sources(settings, account, crm, cdp, usman)


def _tried(stack: ExitStack, opening: AbstractContextManager[Source]) -> Opened[Source]:
    try:
        return Opened(stack.enter_context(opening))
    except SourceError as error:
        return Opened(error)
