"""Settings of the ingest stage, read once from the environment (spec §2, §3, §4, §13)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from ingest.errors import SettingsError

REQUIRED = (
    "CRM_AUDIT_DATABASE_URL",
    "CDP_MONGO_URL",
    "USMAN_URL",
    "USMAN_USERNAME",
    "USMAN_PASSWORD",
)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


def environment(path: Path = Path(".env")) -> dict[str, str]:
    """Return the process's environment, completed by ``.env`` where that exists (spec §13)."""
    from_file = {name: value for name, value in dotenv_values(path).items() if value is not None}
    return from_file | os.environ


def quoted(variable: str, relation: str) -> str:
    """Check a relation's name, with or without schema, and quote it for SQL (spec §13)."""
    parts = relation.split(".")
    if len(parts) > 2 or not all(IDENTIFIER.fullmatch(part) for part in parts):
        raise SettingsError(variable, f"is {relation!r}: a name or schema.name is needed")
    return ".".join(f'"{part}"' for part in parts)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the sources and the warehouse are.

    The relation and column names are quoted already; ``tenant_column`` is empty where the whole
    database belongs to one account (spec §2). Secrets stay out of the ``repr``.
    """

    crm_url: str = field(repr=False)
    mongo_url: str = field(repr=False)
    usman_url: str
    usman_username: str
    usman_password: str = field(repr=False)
    audits_relation: str
    users_relation: str
    tenant_column: str
    var_dir: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing variable fails by its name.

        Raises:
            SettingsError: A variable is missing, or is no URL or identifier.
        """
        missing = [name for name in REQUIRED if not env.get(name)]
        if missing:
            problem = "is not set" if len(missing) == 1 else "are not set"
            raise SettingsError(", ".join(missing), f"{problem}: set it in the environment or .env")
        _check_url("CRM_AUDIT_DATABASE_URL", env, ("postgresql", "postgres"))
        _check_url("CDP_MONGO_URL", env, ("mongodb", "mongodb+srv"))
        _check_url("USMAN_URL", env, ("http", "https"))
        return cls(
            crm_url=env["CRM_AUDIT_DATABASE_URL"],
            mongo_url=env["CDP_MONGO_URL"],
            usman_url=env["USMAN_URL"].rstrip("/"),
            usman_username=env["USMAN_USERNAME"],
            usman_password=env["USMAN_PASSWORD"],
            audits_relation=_relation(env, "CRM_AUDITS_RELATION", "audits"),
            users_relation=_relation(env, "CRM_USERS_RELATION", "users"),
            tenant_column=_tenant_column(env),
            var_dir=Path(env.get("VAR_DIR") or "var"),
        )


def _relation(env: Mapping[str, str], variable: str, default: str) -> str:
    return quoted(variable, env.get(variable) or default)


def _tenant_column(env: Mapping[str, str]) -> str:
    name = env.get("CRM_TENANT_COLUMN", "organization_id")
    if name and not IDENTIFIER.fullmatch(name):
        raise SettingsError("CRM_TENANT_COLUMN", f"is {name!r}: a column's name is needed")
    return f'"{name}"' if name else ""


def _check_url(variable: str, env: Mapping[str, str], schemes: tuple[str, ...]) -> None:
    try:
        scheme = urlsplit(env[variable]).scheme
    except ValueError:
        scheme = ""
    if scheme not in schemes:
        raise SettingsError(variable, f"is no {schemes[0]}:// URL")
