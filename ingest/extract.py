"""Extracts one account: CRM, CDP and USMAN into its warehouse (rule: extract)."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa
from rich.console import Console

from ingest.landing import tables
from ingest.landing.aside import texts_aside
from ingest.landing.landing import Landing
from ingest.landing.reading import read_changes
from ingest.landing.staged import EXTRACTS, Warehouse
from ingest.landing.staging_check import CheckedStaging, check_staging
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import AUDITS_SCHEMA, USERS_SCHEMA
from ingest.shared.progress import Progress, show_progress
from ingest.shared.read_ahead import read_ahead
from ingest.shared.retry import STAGE_OF_A_RUN
from ingest.shared.seeds import Account, read_user_types
from ingest.sources.cdp import CONTACTS, CRM_CONTACT_ID_MAP, ERASURES, Cdp
from ingest.sources.crm import Crm
from ingest.sources.crm_contract import check_contract
from ingest.sources.crm_sums import AUDIT_COUNTS
from ingest.sources.usman import USMAN_LOOKUPS, USMAN_USERS, Usman

ROWS_A_LOAD = 200_000
TABLES_AHEAD = 8
EMAILS_A_LOAD = 1_000


@dataclass(frozen=True, slots=True)
class Extract:
    """One finished extract: a row of ``raw_crm.extracts``, and what was new in it."""

    cutoff: datetime | None
    staged_count: int
    max_id: int | None
    new_count: int
    checked: CheckedStaging


@dataclass(frozen=True, slots=True)
class _Sources:
    crm: Crm
    cdp: Cdp
    usman: Usman


def extract(
    settings: SourceSettings,
    account: Account,
    types: tuple[str, ...],
    *,
    date_range_start: datetime | None,
    console: Console,
) -> Extract:
    """Bring the account's warehouse up to its sources.

    Killed at any point, the next call goes on: every load is one transaction, and the staged
    audits themselves say where to go on.

    Args:
        settings: Where sources and warehouse are.
        account: The account.
        types: The auditable types in scope.
        date_range_start: Start of the scope; none for the account's first audit.
        console: Where to show progress.

    Raises:
        SourceError: A source cannot be reached or breaks its contract.
        WarehouseError: Another process uses the warehouse.
    """
    say = partial(console.print, highlight=False, markup=False, soft_wrap=True)
    with (
        Crm.opened(
            settings, account, types, is_patient=STAGE_OF_A_RUN not in os.environ, say=say
        ) as crm,
        Cdp.opened(settings, account) as cdp,
        Usman.opened(settings, account) as usman,
    ):
        check_contract(crm, settings)
        warehouse = Warehouse.of(settings.var_dir, account.account)
        warehouse.claim(account.account)
        sources = _Sources(crm, cdp, usman)
        with closing(Landing(warehouse)) as landing:
            return _extract(sources, warehouse, landing, date_range_start, console)


def _extract(
    sources: _Sources,
    warehouse: Warehouse,
    landing: Landing,
    date_range_start: datetime | None,
    console: Console,
) -> Extract:
    count_before = warehouse.audit_count()
    cutoff = sources.crm.cutoff(date_range_start)
    _copy_audits(sources.crm, warehouse, landing, console)
    new_count = warehouse.audit_count() - count_before
    with show_progress(console, "audits checked", warehouse.audit_count()) as progress:
        checked = check_staging(sources.crm, warehouse, progress)
    sources.crm.session.retry(
        lambda: _land_around(sources, warehouse, landing, checked.audit_counts)
    )
    read_changes(warehouse, console)
    try:
        _ask_usman(sources.usman, warehouse, landing)
    finally:
        warehouse.note_usman_calls(sources.usman.call_count, sources.usman.error_count)
    finished = Extract(
        cutoff, warehouse.audit_count(), warehouse.max_audit_id(), new_count, checked
    )
    warehouse.note_extract(_row_of(finished, date_range_start))
    return finished


def _copy_audits(crm: Crm, warehouse: Warehouse, landing: Landing, console: Console) -> None:
    """Land audits beyond the staged ones, some thousand a transaction, until there are none."""
    staged = warehouse.max_audit_id()
    total = crm.count_after(staged or -1)
    if staged is None and not total:
        landing.land("raw_crm", tables.resource("audits", AUDITS_SCHEMA, (), disposition="append"))
    pages = read_ahead(crm.pages(-1 if staged is None else staged), TABLES_AHEAD)
    with show_progress(console, "audits", total) as progress, closing(pages):
        while total and _load(pages, warehouse, landing, progress):
            pass


def _load(
    pages: Iterator[pa.Table], warehouse: Warehouse, landing: Landing, progress: Progress
) -> bool:
    """Land the next rows; say whether there may be more."""
    landed = 0
    staged = warehouse.max_audit_id()

    def rows() -> Iterator[pa.Table]:
        nonlocal landed
        with texts_aside(warehouse, -1 if staged is None else staged) as shorten:
            while landed < ROWS_A_LOAD and (table := next(pages, None)) is not None:
                landed += table.num_rows
                progress.advance(table.num_rows)
                yield shorten(table)

    landing.land("raw_crm", tables.resource("audits", AUDITS_SCHEMA, rows(), disposition="append"))
    return landed >= ROWS_A_LOAD


def _land_around(
    sources: _Sources, warehouse: Warehouse, landing: Landing, counts: pa.Table
) -> None:
    """Replace what is small: counts and users of the CRM; contacts, id map, erasures of the CDP."""
    users = sources.crm.users(warehouse.actor_ids(read_user_types()))
    landing.land(
        "raw_crm",
        tables.resource("users", USERS_SCHEMA, [users], disposition="replace"),
        tables.resource("audit_counts", AUDIT_COUNTS, [counts], disposition="replace"),
    )
    contacts, id_map = sources.cdp.contacts(), sources.cdp.crm_contact_id_map()
    landing.land(
        "raw_cdp",
        tables.resource("contacts", CONTACTS, contacts, disposition="replace"),
        tables.resource("crm_contact_id_map", CRM_CONTACT_ID_MAP, id_map, disposition="replace"),
        tables.resource("erasures", ERASURES, sources.cdp.erasures(), disposition="replace"),
    )


def _ask_usman(usman: Usman, warehouse: Warehouse, landing: Landing) -> None:
    """Ask for e-mails that were not asked yet, or whose answers did not land whole."""
    warehouse.drop_unfinished_answers()
    emails = warehouse.unasked_emails(read_user_types())
    first_time = not warehouse.has("raw_usman.lookups")  # the empty tables land too
    for first in range(0, max(len(emails), int(first_time)), EMAILS_A_LOAD):
        answer = usman.ask(emails[first : first + EMAILS_A_LOAD])
        landing.land(
            "raw_usman",
            tables.resource("users", USMAN_USERS, [answer.users], disposition="append"),
            tables.resource("lookups", USMAN_LOOKUPS, [answer.lookups], disposition="append"),
        )


def _row_of(finished: Extract, date_range_start: datetime | None) -> pa.Table:
    row = {
        "extracted_at": datetime.now(UTC).replace(tzinfo=None),
        "cutoff": finished.cutoff,
        "date_range_start": date_range_start,
        "source_count": finished.checked.source_count,
        "max_id": finished.max_id,
        "staged_count": finished.staged_count,
        "late_count": finished.checked.late_count,
        "changed_count": finished.checked.changed_count,
        "gone_count": finished.checked.gone_count,
    }
    return pa.Table.from_pylist([row], EXTRACTS)
