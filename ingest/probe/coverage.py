"""Whether the CDP knows the account's persons (rules: gates, contact).

Before the extract nothing is parsed. The persons are those that audits in scope name in columns:
the audited person, and the associated one. A person whose last audit is a ``destroy`` is not
needed: the CRM has deleted it, and the CDP may have too. Persons that only a comment or the
changes name are not counted here; what becomes of them, ``contact_not_found`` says. Without any
person the seeds are those of another CRM, and every audit would be about nobody.
"""

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest.probe.gates import Gate, Requirement
from ingest.probe.names import misfit
from ingest.probe.names_met import Met
from ingest.sources.cdp import Cdp
from ingest.sources.crm import Crm

NEEDED_PERCENT = 99
COVERAGE = Requirement("contact coverage", f"≥ {NEEDED_PERCENT} % of person ids")
SHOWN_IDS = 10
PERSON_IDS = pa.schema([("person_id", pa.int64()), ("is_destroyed", pa.bool_())])
SOURCE_IDS = pa.schema([("source_id", pa.string())])
MAPPED_IDS = pa.schema([("crm_person_id", pa.int64()), ("customer_id", pa.string())])

# The hops of int_contacts_matched, with which a test compares them: source_id as text, then the map.
COVERED = """
    select
        persons.person_id,
        persons.person_id::varchar in (
            select trim(contacts.source_id) from contacts where contacts.source_id is not null
        ) as is_by_source_id,
        persons.person_id in (
            select id_map.crm_person_id
            from id_map
            where id_map.crm_person_id is not null and id_map.customer_id is not null
        ) as is_by_id_map
    from persons
"""
COUNTED = """
    select
        count(*) as person_count,
        count(*) filter (where is_by_source_id) as by_source_id_count,
        count(*) filter (where not is_by_source_id and is_by_id_map) as by_id_map_count,
        list(person_id order by person_id) filter (where not is_by_source_id and not is_by_id_map)
            as missing_ids
    from covered
"""


def read_person_ids(crm: Crm, person_types: Sequence[str]) -> pa.Table:
    """Return the distinct ids of the persons, and whether a person's last audit is a destroy."""
    named = f"from {crm.audits} where {crm.scope} and"
    audited = crm.is_one_of("auditable_type", person_types)
    associated = crm.is_one_of("associated_type", person_types)
    return crm.session.table(
        "select person_id::bigint as person_id, coalesce("  # noqa: S608 - our own or quoted names, no value # nosec B608
        "max(id) = max(id) filter (where action::text = 'destroy'), false) as is_destroyed from ("
        f"select auditable_id as person_id, id, action {named} {audited} "
        f"union all select {crm.value('associated_id')}, null, null {named} {associated}"
        ") as named where person_id > 0 group by person_id",
        PERSON_IDS,
    )


def coverage_gate(person_ids: pa.Table, cdp: Cdp, met: Met) -> Gate:
    """Look every person up by ``source_id``, then by the id map, and block below 99 %.

    Args:
        person_ids: The account's persons.
        cdp: The CDP.
        met: What the account's audits name, to say where no person is among them.
    """
    if not person_ids.num_rows:
        return _without_persons(met)
    needed = person_ids.filter(pc.invert(person_ids["is_destroyed"]))
    with duckdb.connect() as connection:
        connection.register("persons", needed)
        connection.register("contacts", _columns(cdp.contacts(), SOURCE_IDS))
        connection.register("id_map", _columns(cdp.crm_contact_id_map(), MAPPED_IDS))
        connection.execute(f"create temp table covered as {COVERED}")
        [(persons, by_source_id, by_id_map, missing)] = connection.execute(COUNTED).fetchall()
    missing = missing or []
    details = {
        "person_count": persons,
        "by_source_id_count": by_source_id,
        "by_id_map_count": by_id_map,
        "missing_count": len(missing),
        "missing_ids": missing,
    }
    if not persons:
        found = f"the CRM destroyed all {person_ids.num_rows:,} persons"
        return COVERAGE.warned(found, "no person is looked for in the CDP", **details)
    found = f"{_percent(persons - len(missing), persons)} of {persons:,}"
    found += f": {by_source_id:,} by source_id, {by_id_map:,} by id map, {len(missing):,} missing"
    if 100 * (persons - len(missing)) >= NEEDED_PERCENT * persons:
        return COVERAGE.passed(found, **details)
    return COVERAGE.failed(found, _hint(missing), **details)


def _without_persons(met: Met) -> Gate:
    if not met.audited:
        return COVERAGE.warned("no person", "the account has no audit", person_count=0)
    return COVERAGE.failed(
        "0 persons", f"no audit in scope is of a person: {misfit(met)}", person_count=0
    )


def _columns(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Keep only what the lookup needs; names of persons stay out of memory."""
    return pa.concat_tables(
        [schema.empty_table(), *(table.select(schema.names) for table in tables)]
    )


def _percent(part: int, whole: int) -> str:
    """Write a share, rounded down: 98.999 % is not 99 %."""
    hundredths = 10_000 * part // whole
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _hint(missing: list[int]) -> str:
    shown = ", ".join(map(str, missing[:SHOWN_IDS]))
    more = f" and {len(missing) - SHOWN_IDS:,} more" if len(missing) > SHOWN_IDS else ""
    return (
        f"missing: {shown}{more}; bring these persons into the CDP's contacts, or map them "
        "in crm_contact_id_map"
    )
