"""Every wrong setting is told by its name, and none shows a secret (rule: security)."""

import os
from pathlib import Path

import pytest

from ingest.settings import SourceSettings
from ingest.shared.errors import SettingsError
from ingest.shared.settings import environment
from loaders.app import AppSettings
from loaders.transform.lake.settings import LakeSettings

RIGHT = {
    "CRM_AUDIT_DATABASE_URL": "postgresql://reader:s3cr%40et@crm.example:5432/crm",
    "CDP_MONGO_URL": "mongodb://loader:s3cr%2Fet@a.example:27017,[::1]:27018/cdp?replicaSet=rs0",
    "USMAN_URL": "https://usman.example/base",
    "USMAN_USERNAME": "migration",
    "USMAN_PASSWORD": "s3cret",
    "MIGRATION_BASIC_USERNAME": "migration",
    "MIGRATION_BASIC_PASSWORD": "s3cret",
    "IAG_SESSION_SECRET": "k" * 32,
    "LAKE_CATALOG_URL": "postgresql://lake:s3cret@catalog.example/lake",
}
URLS = {
    "CRM_AUDIT_DATABASE_URL": "postgresql",
    "CDP_MONGO_URL": "mongodb",
    "USMAN_URL": "https",
    "LAKE_CATALOG_URL": "postgresql",
}
WRONG_URLS = {
    "missing": "",
    "another scheme": "ftp://user:s3cret@host.example/db",
    "no scheme": "host.example/db",
    "a port too high": "{scheme}://user:s3cret@host.example:999999/db",
    "port 0": "{scheme}://user:s3cret@host.example:0/db",
    "a port in words": "{scheme}://user:s3cret@host.example:port/db",
    "an @ in the password": "{scheme}://user:s3cr@et@host.example/db",
    "a / in the password": "{scheme}://user:s3cr/et@host.example/db",
    "a # in the password": "{scheme}://user:s3cr#et@host.example/db",
    "a ? in the password": "{scheme}://user:s3cr?et@host.example/db",
    "a blank": "{scheme}://user:s3cret@host.example/db ",
    "a line break": "{scheme}://user:s3cret@host.example/db\n",
    "a torn address": "{scheme}://user:s3cret@[::1/db",
}
OTHERS = (
    ("CDP_MONGO_URL", "mongodb://user:s3:cret@host.example/db"),
    ("CDP_MONGO_URL", "mongodb://host.example"),
    ("CDP_MONGO_URL", "mongodb://a.example:1,b.example:x/db"),
    ("CRM_TENANT_COLUMN", 'id" or true'),
    ("STATSD_PORT", "999999"),
    ("STATSD_PORT", "\u0661"),
    ("PORT", "-1"),
    ("ALLOWED_HOSTS", "http://a.example"),
    ("ALLOWED_HOSTS", "a.example;b.example"),
    ("APP_SECURE_COOKIES", "perhaps"),
    ("IAG_SESSION_SECRET", "s3cret"),
    ("MIGRATION_BASIC_USERNAME", "a:b"),
    ("CRM_STATEMENT_SECONDS", "0"),
    ("IAG_SESSION_SECRET", "s3c" * 20 + "\udcff"),
    ("MIGRATION_BASIC_PASSWORD", "s3c\udcff"),
    ("CRM_TENANT_COLUMN", "t\udcff"),
    ("CRM_AUDITS_RELATION", "a\udcff"),
    ("VAR_DIR", "/proc/version"),
    ("VAR_DIR", "/proc/version/below"),
    ("USMAN_PASSWORD", ""),
    ("USMAN_USERNAME", ""),
)


def read_all(env: dict[str, str]) -> None:
    """Read every kind of settings."""
    SourceSettings.from_env(env)
    AppSettings.from_env(env)
    LakeSettings.from_env(env)


@pytest.fixture
def right(tmp_path: Path) -> dict[str, str]:
    """Settings that can be used."""
    return RIGHT | {"VAR_DIR": str(tmp_path / "var"), "STATSD_HOST": "localhost"}


def refused(env: dict[str, str], variable: str) -> None:
    """Check that the settings are refused in one line that names the variable and no secret."""
    with pytest.raises(SettingsError) as raised:
        read_all(env)
    line = str(raised.value)
    assert line.startswith(variable)
    assert len(line.splitlines()) == 1
    assert "s3c" not in line
    assert not Path(env["VAR_DIR"]).is_dir()


def test_right_settings_are_taken(right: dict[str, str]) -> None:
    """Passwords that are percent-encoded, several hosts, addresses of version 6."""
    read_all(right)


@pytest.mark.parametrize("variable", URLS)
@pytest.mark.parametrize("wrong", WRONG_URLS)
def test_a_wrong_url_is_told(right: dict[str, str], variable: str, wrong: str) -> None:
    """Of every system, whatever is wrong with it."""
    url = WRONG_URLS[wrong].format(scheme=URLS[variable])
    refused(right | {variable: url}, variable)


@pytest.mark.parametrize(("variable", "value"), OTHERS)
def test_another_wrong_setting_is_told(right: dict[str, str], variable: str, value: str) -> None:
    """Numbers, names, words, secrets and folders."""
    refused(right | {variable: value}, variable)


@pytest.mark.parametrize("content", [None, b"CDP_MONGO_URL=\xff\xfe"], ids=["folder", "no UTF-8"])
def test_a_wrong_file_of_settings_is_told(tmp_path: Path, content: bytes | None) -> None:
    """One that is not in UTF-8 is named; a folder is no file of settings."""
    path = tmp_path / ".env"
    if content is None:
        path.mkdir()
        assert environment(path) == dict(os.environ)
        return
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"\.env is not in UTF-8"):
        environment(path)
