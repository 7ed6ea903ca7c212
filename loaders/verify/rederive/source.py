"""Reads audits and users straight from PostgreSQL, read-only (rules: source, second derivation)."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import class_row, dict_row

from ingest.shared.crm_columns import AUDITS, COLUMNS, POSTGRES_TYPES, is_time_told, value_sql
from ingest.shared.settings import Settings
from loaders.verify.rederive.facts import Audit, CrmUser, audit_of, known_user
from loaders.verify.rederive.links import naming
from loaders.verify.source_count import CrmSession, in_scope, named, trusted

MICROSECONDS = "(extract(epoch from created_at) * 1000000)::bigint"
USER_COLUMNS = sql.SQL(
    "id::bigint, email::text, full_name::text, deleted_at is not null as is_deleted"
)


class Source:
    """The CRM in the scope of the last extract, at one moment.

    Args:
        session: A session that cannot write.
        settings: The names of the relations.
        scope: The values of `loaders.verify.source_count.scope_values`.
    """

    def __init__(self, session: CrmSession, settings: Settings, scope: Mapping[str, Any]) -> None:
        self._session = session
        self._scope = scope
        self._names = {
            "audits": named(settings.audits_relation),
            "users": named(settings.users_relation),
            "scope": in_scope(settings),
        }
        self._relation = settings.audits_relation

    def sampled_ids(self, size: int, seed: str) -> list[int]:
        """Draw audits at random, each as likely as another, the same for the same seed and rows.

        One scan of the account, as counting it is: random ids would meet gaps, and prefer the
        audits behind them.
        """
        query = sql.SQL(
            "select id from {audits} where {scope} order by md5(id || %(seed)s), id limit %(size)s"
        ).format(**self._names)
        rows = self._session.execute(query, {**self._scope, "seed": seed, "size": size}).fetchall()
        return sorted(int(row[0]) for row in rows)

    def audits(self, ids: Collection[int]) -> dict[int, Audit]:
        """Return audits by their id."""
        query = "select {columns} from {audits} where {scope} and id = any(%(ids)s)"
        return {audit.id: audit for audit in self._audits(query, ids=list(ids))}

    def join_audits(self, types: Collection[str], record_ids: Collection[int]) -> list[Audit]:
        """Return the audits of join models that link one of the records, and those that unlink.

        A link is found by its text, which names the record's id; more than that may be found.
        """
        links = self._audits(
            "select {columns} from {audits} where {scope} and auditable_type::text = any(%(joins)s) "
            "and action::text <> 'destroy' and audited_changes::text ~ %(pattern)s",
            joins=list(types),
            pattern=naming(record_ids),
        )
        unlinks = self._audits(
            "select {columns} from {audits} where {scope} and auditable_type::text = any(%(joins)s) "
            "and action::text = 'destroy' and auditable_id = any(%(rows)s)",
            joins=list(types),
            rows=[link.auditable_id for link in links],
        )
        return links + unlinks

    def users(self, ids: Collection[int]) -> dict[int, CrmUser]:
        """Return CRM users by their id, of whatever organization."""
        query = sql.SQL("select {columns} from {users} where id = any(%(ids)s)").format(
            columns=USER_COLUMNS, **self._names
        )
        with self._session.cursor(row_factory=class_row(CrmUser)) as cursor:
            users = cursor.execute(query, {"ids": list(ids)}).fetchall()
        return {user.id: known_user(user) for user in users}

    def _audits(self, query: LiteralString, **values: Any) -> list[Audit]:
        composed = sql.SQL(query).format(columns=trusted(self._columns), **self._names)
        with self._session.cursor(row_factory=dict_row) as cursor:
            return [audit_of(row) for row in cursor.execute(composed, {**self._scope, **values})]

    @cached_property
    def _columns(self) -> str:
        """The columns of an audit: null where an old gem has none, a time where one tells it."""
        query = trusted(COLUMNS.format(relation="%(relation)s::text"))
        found = dict(self._session.execute(query, {"relation": self._relation}).fetchall())
        columns = [
            f"{value_sql(each.name, found.get(each.name, ''))}::{POSTGRES_TYPES[each.type]} "
            f"as {each.name}"
            for each in AUDITS
            if each.name not in ("organization_id", "created_at")
        ]
        told = f"case when {is_time_told('created_at')} then {MICROSECONDS} end"
        return ", ".join([*columns, f"{told} as created_at_us"])
