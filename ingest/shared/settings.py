"""Settings, read once from the environment (rules: source, document, security)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from ingest.shared.addresses import HIGHEST_PORT, url_fault
from ingest.shared.errors import SettingsError
from ingest.shared.silence import STATEMENT_S

ROOT = Path(__file__).parents[2]
NAME = r'"(?:[^"\0]|"")+"|[^".\0]+'
RELATION = re.compile(rf"(?:({NAME})\.)?({NAME})")
LONGEST_NAME = 63
MOST_DIGITS = 9


def environment(path: Path = Path(".env")) -> dict[str, str]:
    """Return the process's environment, completed by ``.env`` where that exists.

    Raises:
        SettingsError: The file cannot be read, or is not in UTF-8.
    """
    try:
        from_file = dotenv_values(path)
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(str(path), "is not in UTF-8") from error
    return {name: value for name, value in from_file.items() if value is not None} | os.environ


@dataclass(frozen=True, slots=True)
class Settings:
    """Where PostgreSQL, MongoDB and the warehouses are; secrets stay out of the ``repr``.

    The relations and ``tenant_column`` are checked and quoted for SQL; the column is empty where
    the whole database belongs to one account (rule: source).
    """

    crm_url: str = field(repr=False)
    mongo_url: str = field(repr=False)
    audits_relation: str
    users_relation: str
    tenant_column: str
    var_dir: Path
    statsd: tuple[str, int] | None = None
    patience_s: float = 0.0
    statement_s: int = STATEMENT_S

    @property
    def tenant_name(self) -> str:
        """The tenant column's name as it is, without quotes."""
        return self.tenant_column[1:-1].replace('""', '"')

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing variable fails by its name.

        Raises:
            SettingsError: A variable is missing, or is no URL or identifier.
        """
        return cls(
            crm_url=checked_url(env, "CRM_AUDIT_DATABASE_URL", ("postgresql", "postgres")),
            mongo_url=mongo_url(env),
            audits_relation=_relation(env, "CRM_AUDITS_RELATION", "audits"),
            users_relation=_relation(env, "CRM_USERS_RELATION", "users"),
            tenant_column=_tenant_column(env),
            var_dir=var_dir(env),
            statsd=statsd_address(env),
            patience_s=60.0 * whole_number(env, "RETRY_MINUTES", 30),
            statement_s=whole_number(env, "CRM_STATEMENT_SECONDS", STATEMENT_S, least=1),
        )


def var_dir(env: Mapping[str, str], *, is_written: bool = True) -> Path:
    """Return where staging files, reports and logs go, absolute.

    Args:
        env: The environment.
        is_written: Whether the caller writes there, or only reads.

    Raises:
        SettingsError: It is to be written and cannot be.
    """
    path = Path(env.get("VAR_DIR") or "var").absolute()
    there = next(each for each in (path, *path.parents) if each.exists())
    if is_written and not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise SettingsError("VAR_DIR", f"is {path}: {there} is no folder that can be written")
    return path


def mongo_url(env: Mapping[str, str]) -> str:
    """Return the CDP's URL.

    Raises:
        SettingsError: It is missing, is no MongoDB URL, or names no database.
    """
    url = checked_url(env, "CDP_MONGO_URL", ("mongodb", "mongodb+srv"))
    if not urlsplit(url).path.strip("/"):
        raise SettingsError("CDP_MONGO_URL", "names no database: mongodb://host:port/database")
    return url


def checked_url(env: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str:
    """Return a variable that holds a URL.

    Raises:
        SettingsError: It is missing, of none of the schemes, or cannot be read.
    """
    url = needed(env, variable)
    if fault := url_fault(url, schemes):
        raise SettingsError(variable, fault)
    return url


def needed(env: Mapping[str, str], variable: str) -> str:
    """Return a variable.

    Raises:
        SettingsError: It is missing or empty, or is not in UTF-8.
    """
    if not env.get(variable):
        raise SettingsError(variable, "is not set: set it in the environment or .env")
    return _in_utf8(variable, env[variable])


def _in_utf8(variable: str, value: str) -> str:
    """Return a value; bytes that are no text came in as half surrogates.

    Raises:
        SettingsError: It is not in UTF-8.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingsError(variable, "is not in UTF-8") from error
    return value


def statsd_address(env: Mapping[str, str]) -> tuple[str, int] | None:
    """Return where DogStatsD listens; none where no metrics are to be sent (rule: observability).

    Raises:
        SettingsError: The port is none.
    """
    host = env.get("STATSD_HOST", "")
    return (host, port(env, "STATSD_PORT", 8125)) if host else None


def port(env: Mapping[str, str], variable: str, default: int) -> int:
    """Return a port.

    Raises:
        SettingsError: It is no number of a port.
    """
    number = whole_number(env, variable, default)
    if number > HIGHEST_PORT:
        raise SettingsError(variable, f"is {number}: a port's number is needed")
    return number


def whole_number(env: Mapping[str, str], variable: str, default: int, *, least: int = 0) -> int:
    """Return a number, as large as the least or larger.

    Raises:
        SettingsError: It is none.
    """
    digits = env.get(variable) or str(default)
    if not digits.isascii() or not digits.isdigit() or len(digits) > MOST_DIGITS:
        raise SettingsError(variable, f"is {digits!r}: a whole number is needed")
    if int(digits) < least:
        raise SettingsError(variable, f"is {digits}: {least} is the least")
    return int(digits)


def _relation(env: Mapping[str, str], variable: str, default: str) -> str:
    """Check a relation's name, with or without schema, quoted or not, and quote it."""
    relation = (env.get(variable) or default).strip()
    found = RELATION.fullmatch(relation)
    if not found:
        raise SettingsError(variable, f"is {relation!r}: a name or schema.name is needed")
    return ".".join(_quoted(variable, part) for part in found.groups() if part)


def _tenant_column(env: Mapping[str, str]) -> str:
    name = env.get("CRM_TENANT_COLUMN", "organization_id").strip()
    if name and not re.fullmatch(NAME, name):
        raise SettingsError("CRM_TENANT_COLUMN", f"is {name!r}: a column's name is needed")
    return _quoted("CRM_TENANT_COLUMN", name) if name else ""


def _quoted(variable: str, name: str) -> str:
    """Quote a name, or keep its quotes; what PostgreSQL would cut is refused."""
    bare = name[1:-1].replace('""', '"') if name.startswith('"') else name
    if len(_in_utf8(variable, bare).encode()) > LONGEST_NAME:
        raise SettingsError(variable, f"names more than {LONGEST_NAME} bytes")
    escaped = bare.replace('"', '""')
    return f'"{escaped}"'
