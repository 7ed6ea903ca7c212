"""What dlt is told: these settings, and nothing that stands elsewhere (rule: extract)."""

from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

SETTINGS = {
    "delete_completed_jobs": True,  # a package is gone once it is landed
    "dlthub_telemetry": False,
}


class OurSettings(ConfigProvider):
    """dlt's only source of settings: by name alone, whatever the section."""

    name = "crm-migrate"
    supports_secrets = True
    supports_sections = False

    def get_value(self, key: str, *_: Any) -> tuple[Any, str]:
        """Return a setting, or none for dlt's own."""
        return SETTINGS.get(key), key


def use_our_settings() -> None:
    """Take the place of the environment, of ``.dlt`` and of ``/run/secrets``."""
    Container()[PluggableRunContext].providers.providers[:] = [OurSettings()]
