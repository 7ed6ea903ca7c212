"""One test's own sources: a database in each server, and a small USMAN."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
from pymongo import MongoClient

from tests.places import warm

ROOT = Path(__file__).parents[2]
COMPANY = "11111111-1111-4111-8111-111111111111"
TABLES = """
    create table audits (
        id bigint primary key, organization_id bigint, auditable_id bigint,
        auditable_type varchar, associated_id bigint, associated_type varchar, user_id bigint,
        user_type varchar, username varchar, action varchar, audited_changes text, version int,
        comment text, remote_address varchar, request_uuid varchar, created_at timestamp
    );
    create table users (
        id bigint primary key, organization_id bigint, email varchar, full_name varchar,
        deleted_at timestamp, encrypted_password varchar
    );
"""
AUDITS = """
    insert into audits
    select
        number, 101, mod(number, 50), (array['CrmDeal', 'CrmPerson', 'User'])[1 + mod(number, 3)],
        null, null, mod(number, 7), 'User', null, 'update', E'---\\nname:\\n- a\\n- "é' || number || '"',
        1, case when mod(number, 5) = 0 then '' end, '10.0.0.1', null,
        timestamp '2020-01-01 00:00:00.000001' + number * interval '1 hour'
    from generate_series(%s::bigint, %s::bigint) as number
"""

SLOW_AUDITS = """
    create schema slow;
    create function slow.slowly(varchar) returns varchar language sql stable as
    'select $1 from pg_sleep(0.01)';
    create view slow.audits as
    select
        id, organization_id, auditable_id, slow.slowly(auditable_type) as auditable_type,
        associated_id, associated_type, user_id, user_type, username, action, audited_changes,
        version, comment, remote_address, request_uuid, created_at
    from audits
"""
"""The audits, each of which takes milliseconds to tell its type."""

Reply = Callable[[dict[str, str]], tuple[int, bytes]]


def known(query: Mapping[str, str]) -> tuple[int, bytes]:
    """Answer that every e-mail belongs to an active user, in another case than asked."""
    emails = filter(None, query["emails"].split(","))
    users = [
        {"sso_id": f"sso-{email}", "email": email.upper(), "status": "active"} for email in emails
    ]
    return 200, json.dumps({"users": users}).encode()


@dataclass
class UsmanServer:
    """A real HTTP server; its replies are set by the test, the last one stays."""

    url: str = ""
    replies: list[Reply] = field(default_factory=lambda: [known])
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def emails(self) -> list[str]:
        """Every e-mail that was asked for, in order."""
        return [email for query in self.asked for email in query["emails"].split(",")]


@contextmanager
def usman_server() -> Iterator[UsmanServer]:
    """Serve USMAN on a free port until the block ends."""
    state = UsmanServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parameters = parse_qs(urlsplit(self.path).query)
            query = {name: values[0] for name, values in parameters.items()}
            state.asked.append(query)
            reply = state.replies.pop(0) if len(state.replies) > 1 else state.replies[0]
            status, body = reply(query)
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield state
        finally:
            server.shutdown()


@dataclass(frozen=True)
class Sources:
    """The three sources of one test, and the folder that its warehouse goes to."""

    crm_url: str
    mongo_url: str
    usman: UsmanServer
    var_dir: Path

    @property
    def env(self) -> dict[str, str]:
        """The variables that the stage reads."""
        return {
            "CRM_AUDIT_DATABASE_URL": self.crm_url,
            "CDP_MONGO_URL": self.mongo_url,
            "USMAN_URL": self.usman.url,
            "USMAN_USERNAME": "usman",
            "USMAN_PASSWORD": "usman-secret",
            "CRM_AUDITS_RELATION": "audits",
            "CRM_USERS_RELATION": "users",
            "CRM_TENANT_COLUMN": "organization_id",
            "RETRY_MINUTES": "0",
            "VAR_DIR": str(self.var_dir),
        }

    def crm(self, statement: str, parameters: Iterable[object] | None = None) -> None:
        """Change the CRM, as the application would."""
        with psycopg.connect(self.crm_url) as connection:
            connection.execute(statement.encode(), tuple(parameters) if parameters else None)

    def crm_rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the CRM."""
        with psycopg.connect(self.crm_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def add_audits(self, first: int, last: int) -> None:
        """Add audits; two of three are of a mapped type."""
        self.crm(AUDITS, (first, last))

    def cdp(self, collection: str, documents: list[dict[str, Any]]) -> None:
        """Add documents to the CDP."""
        with MongoClient[dict[str, Any]](self.mongo_url) as client:
            client.get_default_database()[collection].insert_many(documents)

    def command(self, *options: str) -> list[str]:
        """Return the command line of an extract."""
        return [sys.executable, "-m", "ingest", "extract", "--account", "demo-small", *options]

    def extract(self, *options: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run an extract to its end, with some variables changed."""
        command = [warm.python(), *self.command(*options)[1:]]
        return warm.run(command, os.environ | self.env | changes)

    def staged(self, query: str) -> list[tuple[Any, ...]]:
        """Read the account's warehouse."""
        path = self.var_dir / "demo-small" / "staging.duckdb"
        with duckdb.connect(path, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def differences(self) -> int:
        """Count the rows that only one side of CRM and staging has, read by another driver."""
        columns = (
            "id, organization_id, auditable_id, auditable_type, associated_id, associated_type, "
            "user_id, user_type, username, action, audited_changes, version, comment, "
            "remote_address, request_uuid, created_at"
        )
        scope = "where organization_id = 101 and auditable_type in ('CrmDeal', 'CrmPerson')"
        source = self.crm_rows(f"select {columns} from audits {scope} order by id")  # noqa: S608
        staged = self.staged(f"select {columns} from raw_crm.audits order by id")  # noqa: S608
        return len(set(source) ^ set(staged)) + abs(len(source) - len(staged))
