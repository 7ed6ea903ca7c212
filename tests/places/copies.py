"""A place of a test's own in the session's servers, and copies of it as it was at one moment."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from ingest.demo.crm.plans import PLANS, Plan
from ingest.demo.crm.seeding import seed
from ingest.shared.mongo import connected
from ingest.shared.seeds import find_account
from loaders.upkeep.indexes import ensure_indexes
from tests.faults.comparing import Documents, documents_of
from tests.places import shared, warm

ROOT = Path(__file__).parents[2]
COPY_BATCH = 5_000
LONGEST_S = 900
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One account's three sources, target and `var` folder, which a test may ruin.

    `env` is what the stages read, and `CRM_DEMO_ADMIN_URL`, which may write.
    """

    account: str
    env: dict[str, str]

    @property
    def name(self) -> str:
        """The name of the database in PostgreSQL and in MongoDB."""
        return urlsplit(self.env["CDP_MONGO_URL"]).path.strip("/")

    @property
    def company_sso_id(self) -> str:
        """The account in the CDP."""
        return find_account(self.account).company_sso_id

    @property
    def folder(self) -> Path:
        """The account's folder below `var`."""
        return Path(self.env["VAR_DIR"]) / self.account

    def run(self, *arguments: str, **changes: str) -> Done:
        """Run `python -m <arguments> --account …` to its end."""
        command = [warm.python(), *self.command(*arguments)[1:]]
        return warm.run(command, self.env | changes, timeout=LONGEST_S)

    def done(self, *arguments: str, **changes: str) -> Done:
        """Run it, and expect it to succeed."""
        done = self.run(*arguments, **changes)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        """Start `python -m <arguments> --account …`; its errors can be read."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.env | changes,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", *arguments, "--account", self.account]

    def add_audits(self, rows: int, seed_number: int = 1) -> None:
        """Let the simulated CRM write new audits."""
        self.done("ingest.demo", "add", "--rows", str(rows), "--seed", str(seed_number))

    def crm(self, statement: str, *parameters: Any) -> list[Any]:
        """Ask or change the CRM, as its application would."""
        with psycopg.connect(self.env["CRM_DEMO_ADMIN_URL"], autocommit=True) as crm:
            cursor = crm.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def cdp(self) -> Iterator[Any]:
        """The CDP's database."""
        with MongoClient[dict[str, Any]](self.env["CDP_MONGO_URL"], tz_aware=True) as client:
            yield client.get_default_database()

    def documents(self) -> Documents:
        """Read every activity log, native ones too."""
        with self.cdp() as database:
            return documents_of(database)

    def job(self) -> dict[str, Any]:
        """Return the account's newest job."""
        with self.cdp() as database:
            jobs = database.crm_activity_log_migration_jobs
            found = jobs.find_one({}, sort=[("started_at", -1), ("_id", -1)])
        assert found is not None
        return dict(found)


@contextmanager
def seeded_place(
    env: dict[str, str],
    account: str,
    var_dir: Path,
    plans: Sequence[Plan] = PLANS,
    *,
    fill: Callable[[dict[str, str], Path, Sequence[Plan]], object] = seed,
) -> Iterator[Place]:
    """A place as the demo begins: sources filled, nothing migrated."""
    with _databases(env, account, var_dir) as place:
        _admin(env, f"create database {place.name}")
        fill(place.env, var_dir / "usman.json", plans)
        with connected(place.env["CDP_MONGO_URL"]) as database:
            ensure_indexes(database)
        yield place


@contextmanager
def copied_place(original: Place, var_dir: Path, **other: str) -> Iterator[Place]:
    """A place that is another's copy: databases, warehouse and reports.

    Args:
        original: The place; nobody may be connected to its PostgreSQL database.
        var_dir: The copy's `var`.
        other: Variables of other servers, e.g. `CDP_MONGO_URL`.
    """
    with _databases(original.env | other, original.account, var_dir) as place:
        _admin(original.env, f"create database {place.name} template {original.name}")
        copy_cdp(original, place)
        if original.folder.exists():
            shutil.copytree(original.folder, place.folder)
        yield place


def copy_cdp(original: Place, place: Place, collections: Sequence[str] | None = None) -> None:
    """Copy the collections, all if none is named, byte by byte, and make the indexes."""
    options = CodecOptions[Any](document_class=RawBSONDocument)
    with original.cdp() as source, place.cdp() as target:
        for name in collections or source.list_collection_names():
            documents = source.get_collection(name, codec_options=options).find({})
            while batch := list(islice(documents, COPY_BATCH)):
                target.get_collection(name, codec_options=options).insert_many(batch)
    with connected(place.env["CDP_MONGO_URL"]) as database:
        ensure_indexes(database)


@contextmanager
def _databases(env: dict[str, str], account: str, var_dir: Path) -> Iterator[Place]:
    """Name databases of a place's own, and drop them in the end."""
    name = f"faults_{uuid.uuid4().hex[:12]}"
    urls = ("CRM_AUDIT_DATABASE_URL", "CRM_DEMO_ADMIN_URL", "CDP_MONGO_URL")
    own = {variable: with_database(env[variable], name) for variable in urls}
    place = Place(account, {**os.environ, **env, **own, "VAR_DIR": str(var_dir)})
    shared.take(var_dir)
    try:
        yield place
    finally:
        with place.cdp() as database:
            database.client.drop_database(name)
        _admin(env, f"drop database if exists {name} with (force)")
        shutil.rmtree(var_dir, ignore_errors=True)


def _admin(env: dict[str, str], statement: str) -> None:
    url = with_database(env["CRM_DEMO_ADMIN_URL"], "postgres")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(statement.encode())


def with_database(url: str, name: str) -> str:
    """Return a URL that names another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
