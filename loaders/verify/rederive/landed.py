"""Reads what the extract landed: USMAN's answers, and what the models were told."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ingest.shared.long_texts import TEXTS
from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.actor import normal_email
from loaders.verify.rederive.contacts import Contacts, IdMap
from loaders.verify.rederive.facts import Audit, CrmUser, Erased, SsoUser, audit_of
from loaders.verify.rederive.links import naming

PART_BYTES = 10_000_000
WEIGHTS = """
select audit_id as id, sum(byte_count) as byte_count
from raw_crm.long_texts
where audit_id in (select unnest(?::bigint[]))
group by audit_id
"""
AUDITS = """
select *, epoch_us(created_at) as created_at_us
from raw_crm.audits
where id in (select unnest(?::bigint[]))
"""
JOIN_AUDIT_IDS = """
with joins as (
    select * from raw_crm.audits where auditable_type in (select unnest(?::varchar[]))
),

links as (
    select * from joins
    where
        "action" <> 'destroy'
        and (
            regexp_matches(audited_changes, ?)
            or id in (select audit_id from raw_crm.long_texts)
        )
)

select id from links
union all
select joins.id from joins
semi join links on joins.auditable_id = links.auditable_id
where joins."action" = 'destroy'
"""
USERS = """
select id, email, full_name, deleted_at is not null as is_deleted
from raw_crm.users
where id in (select unnest(?::bigint[]))
"""
SSO_USERS = """
select email, sso_id, status
from raw_usman.users
where lower(trim(email)) in (select unnest(?::varchar[]))
"""
CONTACTS = """
select _id as contact_id, trim(source_id) as source_id
from raw_cdp.contacts
where trim(source_id) in (select unnest(?::varchar[]))
"""
ID_MAP = """
select crm_person_id, customer_id
from raw_cdp.crm_contact_id_map
where customer_id is not null and crm_person_id in (select unnest(?::bigint[]))
"""


class Landed:
    """The raw tables of an account's warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def audits(self, ids: Collection[int]) -> dict[int, Audit]:
        """Return staged audits by their id."""
        long = self._warehouse.long_texts(TEXTS, ids)
        return {
            row["id"]: audit_of(row | _decoded(long.get(row["id"], {})))
            for row in self._rows(AUDITS, ids)
        }

    def parts(self, ids: Sequence[int]) -> Iterator[list[int]]:
        """Cut ids into parts whose audits, with their texts, can be looked at all at once."""
        weights = {row["id"]: row["byte_count"] for row in self._rows(WEIGHTS, ids)}
        part, byte_count = list[int](), 0
        for id_ in ids:
            if part and byte_count + weights.get(id_, 0) > PART_BYTES:
                yield part
                part, byte_count = [], 0
            part.append(id_)
            byte_count += weights.get(id_, 0)
        if part:
            yield part

    def join_audits(self, types: Collection[str], record_ids: Collection[int]) -> list[Audit]:
        """Return the staged audits that `loaders.verify.rederive.source.Source` would at the source."""
        found = self._warehouse.rows(JOIN_AUDIT_IDS, (list(types), naming(record_ids)))
        return list(self.audits([row["id"] for row in found]).values())

    def users(self, ids: Collection[int]) -> dict[int, CrmUser]:
        """Return CRM users by their id."""
        return {row["id"]: CrmUser(**row) for row in self._rows(USERS, ids)}

    def sso_users(self, emails: Collection[str]) -> dict[str, SsoUser]:
        """Return what USMAN answered, by e-mail address in lower case."""
        return {
            normal_email(row["email"]): SsoUser(
                row["sso_id"], (row["status"] or "").lower() == "active"
            )
            for row in self._rows(SSO_USERS, emails)
        }

    def contacts(self, person_ids: Collection[int]) -> Contacts:
        """Return the ids of the contacts that have a person's id as their ``source_id``."""
        found = defaultdict(list)
        for row in self._rows(CONTACTS, map(str, person_ids)):
            found[row["source_id"]].append(row["contact_id"])
        return {source_id: tuple(sorted(ids)) for source_id, ids in found.items()}

    def id_map(self, person_ids: Collection[int]) -> IdMap:
        """Return the contacts' ids by person."""
        found = defaultdict(set)
        for row in self._rows(ID_MAP, person_ids):
            found[row["crm_person_id"]].add(row["customer_id"])
        return {id_: tuple(sorted(ids)) for id_, ids in found.items()}

    def erased(self) -> Erased:
        """Return who was to be forgotten."""
        rows = self._warehouse.rows("select customer_id, crm_person_id from raw_cdp.erasures")
        persons = (row["crm_person_id"] for row in rows)
        return Erased(
            frozenset(id_ for id_ in persons if id_ is not None),
            frozenset(row["customer_id"] for row in rows),
        )

    def _rows(self, query: str, keys: Any) -> list[dict[str, Any]]:
        return self._warehouse.rows(query, (list(keys),))


def _decoded(texts: Mapping[str, bytes]) -> dict[str, str]:
    return {column: content.decode() for column, content in texts.items()}
