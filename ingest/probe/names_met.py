"""What the account's audits name: classes, all of them, and keys, in a bounded sample.

Classes are counted in columns, which is one pass. Keys stand within texts: of each class some of
the newest audits are read, as the extract reads them, and what only older ones hold is not met.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from ingest.audited_yaml import parse
from ingest.shared.crm_columns import LONG, TEXT
from ingest.sources.crm import Crm

NEWEST = 50_000
OF_A_CLASS = 200
TEXT_BYTES = 65_536
CLASSES = pa.schema([(name, TEXT) for name in ("auditable_type", "associated_type", "user_type")])
CLASS_COUNTS = CLASSES.append(pa.field("audit_count", LONG))
TEXTS = pa.schema([(name, TEXT) for name in ("auditable_type", "audited_changes", "comment")])


@dataclass(frozen=True, slots=True)
class Met:
    """What the account's audits name, each with the number of audits that do.

    Attributes:
        audited: Classes of the changed records, of all audits.
        associated: Classes of the records that those belong to.
        acting: Classes of the actors.
        keys: Keys in the sampled changes and comments.
        id_keys: Those of them that hold the id of a record.
        fields: Classes with the attributes in their sampled changes.
        sampled_count: The audits of the sample.
    """

    audited: Counter[str] = field(default_factory=Counter)
    associated: Counter[str] = field(default_factory=Counter)
    acting: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    id_keys: Counter[str] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    sampled_count: int = 0


def read_met(crm: Crm) -> Met:
    """Count the classes of the account's audits, in scope or not, and read a sample of texts."""
    sample = _sample(crm)
    met = Met(sampled_count=sample.num_rows)
    for row in _class_counts(crm).to_pylist():
        for counter, column in zip((met.audited, met.associated, met.acting), CLASSES, strict=True):
            if row[column.name] is not None:
                counter[row[column.name]] += row["audit_count"]
    for row in sample.to_pylist():
        _count_keys(met, **row)
    return met


def _class_counts(crm: Crm) -> pa.Table:
    query = (
        f"select *, count(*)::bigint as audit_count from (select {crm.columns(CLASSES)} "  # noqa: S608 - our own or quoted names, no value # nosec B608
        f"from {crm.audits} where {crm.tenant}) as classes group by 1, 2, 3"
    )
    return crm.table(query, CLASS_COUNTS)


def _sample(crm: Crm) -> pa.Table:
    """Return the newest audits of each class, without texts that are long."""
    texts = (
        f"case when octet_length({name}) <= {TEXT_BYTES} then {name} end as {name}"
        for name in ("audited_changes", "comment")
    )
    query = (
        f"select auditable_type, {', '.join(texts)} from (select *, "  # noqa: S608 - our own or quoted names, no value # nosec B608
        "row_number() over (partition by auditable_type order by id desc) as number "
        f"from (select {crm.columns(TEXTS)}, id from {crm.audits} where {crm.tenant} "
        f"order by id desc limit {NEWEST}) as newest) as numbered where number <= {OF_A_CLASS}"
    )
    return crm.table(query, TEXTS)


def _count_keys(
    met: Met, auditable_type: str | None, audited_changes: str | None, comment: str | None
) -> None:
    """Count every key of an audit once."""
    changes = _members(parse(audited_changes).value_json)
    in_comment = _members(comment)
    met.fields.update((auditable_type or "", name) for name in changes)
    met.keys.update({*changes, *in_comment})
    met.id_keys.update({*_id_keys(changes), *_id_keys(in_comment)})


def _members(text: str | None) -> dict[str, Any]:
    """Return the members of a JSON object; none of any other text."""
    try:
        document = json.loads(text or "null", parse_int=str)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _id_keys(members: dict[str, Any]) -> Iterator[str]:
    """Yield the keys that are called an id and hold one, an update's pair of ids too."""
    for name, value in members.items():
        values = value if isinstance(value, list) else [value]
        if name.lower().endswith("id") and any(str(each).isdecimal() for each in values):
            yield name
