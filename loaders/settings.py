"""Settings of the loading stage, read once from the environment (spec §2, §3, §13)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from loaders.errors import SettingsError

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
ROOT = Path(__file__).parents[1]
HIGHEST_PORT = 65_535


def environment(path: Path = Path(".env")) -> dict[str, str]:
    """Return the process's environment, completed by ``.env`` where that exists (spec §13)."""
    from_file = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return from_file | os.environ


def var_dir(env: Mapping[str, str]) -> Path:
    """Return where staging files, reports and logs go, absolute."""
    return Path(env.get("VAR_DIR") or "var").absolute()


def mongo_url(env: Mapping[str, str]) -> str:
    """Return the CDP's URL.

    Raises:
        SettingsError: It is missing, is no MongoDB URL, or names no database.
    """
    url = checked_url(env, "CDP_MONGO_URL", ("mongodb", "mongodb+srv"))
    if not urlsplit(url).path.strip("/"):
        raise SettingsError("CDP_MONGO_URL", "names no database: mongodb://host:port/database")
    return url


@dataclass(frozen=True, slots=True)
class Settings:
    """Where MongoDB, PostgreSQL and the warehouses are; secrets stay out of the ``repr``.

    The relations and ``tenant_column`` are plain, checked names; the column is empty where the
    whole database belongs to one account (spec §2).
    """

    mongo_url: str = field(repr=False)
    crm_url: str = field(repr=False)
    audits_relation: tuple[str, ...]
    users_relation: tuple[str, ...]
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
            mongo_url=mongo_url(env),
            crm_url=checked_url(env, "CRM_AUDIT_DATABASE_URL", ("postgresql", "postgres")),
            audits_relation=_identifiers(env, "CRM_AUDITS_RELATION", "audits"),
            users_relation=_identifiers(env, "CRM_USERS_RELATION", "users"),
            tenant_column="".join(_identifiers(env, "CRM_TENANT_COLUMN", "organization_id")),
            var_dir=var_dir(env),
            statsd=statsd_address(env),
        )


def checked_url(env: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str:
    """Return a variable that holds a URL.

    Raises:
        SettingsError: It is missing, or of none of the schemes.
    """
    url = env.get(variable, "")
    if not url:
        raise SettingsError(variable, "is not set: set it in the environment or .env")
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        raise SettingsError(variable, f"is no {schemes[0]}:// URL")
    return url


def _identifiers(env: Mapping[str, str], variable: str, default: str) -> tuple[str, ...]:
    name = env.get(variable, default)
    parts = tuple(name.split(".")) if name else ()
    if len(parts) > 2 or not all(IDENTIFIER.fullmatch(part) for part in parts):
        raise SettingsError(variable, f"is {name!r}: a name or schema.name is needed")
    return parts


def statsd_address(env: Mapping[str, str]) -> tuple[str, int] | None:
    """Return where DogStatsD listens; none where no metrics are to be sent (spec §12).

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
