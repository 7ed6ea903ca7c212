"""Settings of the app, read once from the environment (rules: http, security)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ingest.shared.errors import SettingsError
from ingest.shared.seeds import SEEDS
from ingest.shared.settings import mongo_url, port, statsd_address, var_dir

SHORTEST_SECRET = 32  # bytes: what HS256 asks of its key (RFC 7518, 3.2)
WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What the app needs to know; secrets have no default and stay out of the ``repr``.

    ``secure_cookies`` marks the cookies that the pages set as for HTTPS only; ``var_dir`` holds the
    reports and dbt docs that they link.
    """

    mongo_url: str = field(repr=False)
    basic_username: str
    basic_password: str = field(repr=False)
    session_secret: str = field(repr=False)
    secure_cookies: bool = True
    host: str = "127.0.0.1"
    port: int = 8000
    statsd: tuple[str, int] | None = None
    seeds: Path = SEEDS
    var_dir: Path = Path("var")
    banner_poll_s: float = 15.0
    operations_refresh_s: float = 2.0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing or unusable variable fails by its name.

        Raises:
            SettingsError: A variable is missing, or its value cannot be used.
        """
        return cls(
            mongo_url=mongo_url(env),
            basic_username=_username(env),
            basic_password=_needed(env, "MIGRATION_BASIC_PASSWORD"),
            session_secret=_secret(env, "IAG_SESSION_SECRET"),
            secure_cookies=_flag(env, "APP_SECURE_COOKIES", default=True),
            host=env.get("HOST") or "127.0.0.1",
            port=port(env, "PORT", 8000),
            statsd=statsd_address(env),
            var_dir=var_dir(env),
        )


def _needed(env: Mapping[str, str], variable: str) -> str:
    if not env.get(variable):
        raise SettingsError(variable, "is not set: set it in the environment or .env")
    return env[variable]


def _username(env: Mapping[str, str]) -> str:
    name = _needed(env, "MIGRATION_BASIC_USERNAME")
    if ":" in name:
        raise SettingsError("MIGRATION_BASIC_USERNAME", "holds a colon, which basic auth cannot")
    return name


def _secret(env: Mapping[str, str], variable: str) -> str:
    secret = _needed(env, variable)
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
