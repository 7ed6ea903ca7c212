"""An account that passes every gate, for each test to take something away from."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from ingest.settings import SourceSettings
from ingest.shared.seeds import Account, find_account, read_mapped_types
from ingest.sources.cdp import Cdp
from ingest.sources.crm import Crm
from loaders.upkeep.indexes import ensure_indexes
from tests.places import warm
from tests.places.crm_sources import COMPANY, Sources

PERSONS = range(50)  # the persons that the sources' audits name


@dataclass(frozen=True)
class Place:
    """One test's sources, and the probe over them."""

    sources: Sources
    env: dict[str, str]
    database: Database[dict[str, Any]]

    @property
    def account(self) -> Account:
        """The account whose audits the sources hold."""
        return find_account("demo-small")

    @property
    def settings(self) -> SourceSettings:
        """What the stage reads from the environment."""
        return SourceSettings.from_env(self.env)

    @contextmanager
    def crm(self, **changes: str) -> Iterator[Crm]:
        """The CRM as the gates see it, with the whole account as its scope."""
        settings = SourceSettings.from_env(self.env | changes)
        with Crm.opened(settings, self.account, read_mapped_types()) as crm:
            crm.cutoff(None)
            yield crm

    @contextmanager
    def cdp(self) -> Iterator[Cdp]:
        """The CDP as the gates see it."""
        with Cdp.opened(self.settings, self.account) as cdp:
            yield cdp

    def probe(self, *options: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end."""
        command = [warm.python(), "-m", "ingest", "probe", "--account", "demo-small", *options]
        return warm.run(command, os.environ | self.env | changes)

    def written(self) -> dict[str, Any]:
        """The last probe as its file has it."""
        path = self.sources.var_dir / "demo-small" / "probe.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def stored(self) -> dict[str, Any] | None:
        """The last probe as the CDP has it."""
        probes = self.database.crm_activity_log_migration_probes
        return probes.find_one({"company_sso_id": COMPANY}, {"_id": 0})

    def verdicts(self) -> dict[str, str]:
        """Every gate of the last probe that did not simply pass."""
        gates = self.written()["gates"]
        return {gate["gate"]: gate["verdict"] for gate in gates if gate["verdict"] != "pass"}


@pytest.fixture
def place(servers: Any, sources: Sources) -> Iterator[Place]:
    """Audits, users, contacts of every person, indexes, and a role that may only read."""
    sources.crm("delete from audits where auditable_type = 'User'")
    sources.crm("create index on audits (organization_id, id)")
    sources.crm("grant select on audits, users to crm_reader")
    reader = urlsplit(servers.env["CRM_AUDIT_DATABASE_URL"])
    database = urlsplit(sources.crm_url).path
    env = sources.env | {"CRM_AUDIT_DATABASE_URL": reader._replace(path=database).geturl()}
    with MongoClient[dict[str, Any]](sources.mongo_url) as client:
        cdp = client.get_default_database()
        ensure_indexes(cdp)
        cdp.contacts.insert_many([contact(person) for person in PERSONS])
        yield Place(sources, env, cdp)


def contact(person: int) -> dict[str, Any]:
    """A contact that is found by its source_id."""
    return {"_id": f"contact-{person}", "company_sso_id": COMPANY, "source_id": str(person)}
