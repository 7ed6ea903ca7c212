"""The HTTP service: triggers, reports and rolls back migrations, and shows timelines (rule: http).

It reads and writes MongoDB only; no warehouse is ever opened here.
"""

from loaders.app.application import create_app
from loaders.app.settings import AppSettings

__all__ = ["AppSettings", "create_app"]
