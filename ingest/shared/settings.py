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

ROOT = Path(__file__).parents[2]
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


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

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing variable fails by its name.

        Raises:
            SettingsError: A variable is missing, or is no URL or identifier.
        """
        return cls(
            crm_url=checked_url(env, "CRM_AUDIT_DATABASE_URL", ("postgresql", "postgres")),
            mongo_url=mongo_url(env),
            audits_relation=_quoted(env, "CRM_AUDITS_RELATION", "audits"),
            users_relation=_quoted(env, "CRM_USERS_RELATION", "users"),
            tenant_column=_tenant_column(env),
            var_dir=var_dir(env),
            statsd=statsd_address(env),
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
        SettingsError: It is missing or empty.
    """
    if not env.get(variable):
        raise SettingsError(variable, "is not set: set it in the environment or .env")
    return env[variable]


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
    digits = env.get(variable) or str(default)
    if not digits.isascii() or not digits.isdigit() or int(digits) > HIGHEST_PORT:
        raise SettingsError(variable, f"is {digits!r}: a port's number is needed")
    return int(digits)


def _quoted(env: Mapping[str, str], variable: str, default: str) -> str:
    """Check a relation's name, with or without schema, and quote it (rule: security)."""
    relation = env.get(variable) or default
    parts = relation.split(".")
    if len(parts) > 2 or not all(IDENTIFIER.fullmatch(part) for part in parts):
        raise SettingsError(variable, f"is {relation!r}: a name or schema.name is needed")
    return ".".join(f'"{part}"' for part in parts)


def _tenant_column(env: Mapping[str, str]) -> str:
    name = env.get("CRM_TENANT_COLUMN", "organization_id")
    if name and not IDENTIFIER.fullmatch(name):
        raise SettingsError("CRM_TENANT_COLUMN", f"is {name!r}: a column's name is needed")
    return f'"{name}"' if name else ""
