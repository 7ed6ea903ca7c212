"""Settings of the app, read once from the environment (rules: http, security)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ingest.shared.errors import SettingsError
from ingest.shared.seeds import SEEDS
from ingest.shared.settings import mongo_url, needed, port, statsd_address, var_dir

SHORTEST_SECRET = 32  # bytes: what HS256 asks of its key (RFC 7518, 3.2)
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
HOST_NAME = re.compile(r"[a-z0-9._:-]+|\*")
WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What the app needs to know; secrets have no default and stay out of the ``repr``.

    ``allowed_hosts`` are the names that the app answers under; ``secure_cookies`` marks the cookies that the pages set as for HTTPS only; ``var_dir`` holds the
    reports and dbt docs that they link.
    """

    mongo_url: str = field(repr=False)
    basic_username: str
    basic_password: str = field(repr=False)
    session_secret: str = field(repr=False)
    secure_cookies: bool = True
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: frozenset[str] = LOOPBACK
    statsd: tuple[str, int] | None = None
    seeds: Path = SEEDS
    var_dir: Path = Path("var")
    banner_poll_s: float = 15.0
    operations_refresh_s: float = 2.0
    slowest_refusal_s: float = 2.0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing or unusable variable fails by its name.

        Raises:
            SettingsError: A variable is missing, or its value cannot be used.
        """
        host = env.get("HOST") or "127.0.0.1"
        return cls(
            mongo_url=mongo_url(env),
            basic_username=_username(env),
            basic_password=needed(env, "MIGRATION_BASIC_PASSWORD"),
            session_secret=_secret(env, "IAG_SESSION_SECRET"),
            secure_cookies=_flag(env, "APP_SECURE_COOKIES", default=True),
            host=host,
            port=port(env, "PORT", 8000),
            allowed_hosts=LOOPBACK | {host.lower()} | _names(env, "ALLOWED_HOSTS"),
            statsd=statsd_address(env),
            var_dir=var_dir(env, is_written=False),
        )


def _names(env: Mapping[str, str], variable: str) -> frozenset[str]:
    """Return the names of a list with commas, in lower case."""
    names = frozenset(env.get(variable, "").lower().replace(" ", "").split(",")) - {""}
    if any(not HOST_NAME.fullmatch(name) for name in names):
        problem = "lists what is no name: names without a port, parted by commas, or *"
        raise SettingsError(variable, problem)
    return names


def _username(env: Mapping[str, str]) -> str:
    name = needed(env, "MIGRATION_BASIC_USERNAME")
    if ":" in name:
        raise SettingsError("MIGRATION_BASIC_USERNAME", "holds a colon, which basic auth cannot")
    return name


def _secret(env: Mapping[str, str], variable: str) -> str:
    secret = needed(env, variable)
    if len(secret.encode()) < SHORTEST_SECRET:
        raise SettingsError(variable, f"is shorter than {SHORTEST_SECRET} bytes")
    return secret


def _flag(env: Mapping[str, str], variable: str, *, default: bool) -> bool:
    word = env.get(variable, "").lower()
    if not word:
        return default
    if word not in WORDS:
        raise SettingsError(variable, f"is {word!r}: true or false is needed")
    return WORDS[word]
