"""What extract and probe need to know beside the settings of every command (rule: usman)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

from ingest.shared.errors import SettingsError
from ingest.shared.settings import Settings, checked_url

REQUIRED = (
    "CRM_AUDIT_DATABASE_URL",
    "CDP_MONGO_URL",
    "USMAN_URL",
    "USMAN_USERNAME",
    "USMAN_PASSWORD",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings(Settings):
    """Where all three sources are; secrets stay out of the ``repr``."""

    usman_url: str
    usman_username: str
    usman_password: str = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; all that are missing fail together, by their names.

        Raises:
            SettingsError: A variable is missing, or is no URL or identifier.
        """
        missing = [name for name in REQUIRED if not env.get(name)]
        if missing:
            problem = "is not set" if len(missing) == 1 else "are not set"
            raise SettingsError(", ".join(missing), f"{problem}: set it in the environment or .env")
        common = Settings.from_env(env)
        return cls(
            **{each.name: getattr(common, each.name) for each in fields(Settings)},
            usman_url=checked_url(env, "USMAN_URL", ("http", "https")).rstrip("/"),
            usman_username=env["USMAN_USERNAME"],
            usman_password=env["USMAN_PASSWORD"],
        )
