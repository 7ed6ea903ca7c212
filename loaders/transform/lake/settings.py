"""Where the lake is, and the environment that its own programs need."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ingest.shared.settings import ROOT, checked_url, var_dir
from loaders.errors import LakeError

VENV = ROOT / ".venv-lake"
CATALOG_URL = "LAKE_CATALOG_URL"
EXTENSIONS = ("ducklake", "postgres_scanner")


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """The lake's catalog and its data; the URL, with its password, stays out of the ``repr``."""

    catalog_url: str = field(repr=False)
    data_path: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings; a missing variable fails by its name.

        Raises:
            SettingsError: The catalog's URL is missing or is none of PostgreSQL.
        """
        url = checked_url(env, CATALOG_URL, ("postgresql", "postgres"))
        return cls(url, env.get("LAKE_DATA_PATH") or str(var_dir(env) / "lake") + os.sep)

    def variables(self) -> dict[str, str]:
        """Return what ``profiles.yml`` and `loaders.transform.lake.catalog` read.

        The password is a variable of its own, which no error message repeats.

        Raises:
            LakeError: The lake's environment was not made.
        """
        parts = conninfo_to_dict(self.catalog_url)
        password = parts.pop("password", None)
        return {
            "LAKE_CATALOG": make_conninfo("", **parts),
            "LAKE_DATA_PATH": self.data_path,
            **{f"LAKE_{name.upper()}": str(_extension(name)) for name in EXTENSIONS},
            **({"PGPASSWORD": str(password)} if password else {}),
        }


def program(name: str) -> str:
    """Return the path of a program of the lake's environment."""
    return str(VENV / "bin" / name)


def _extension(name: str) -> Path:
    """Return the extension that a wheel carries for the lake's version of DuckDB."""
    pattern = f"lib/python*/site-packages/duckdb_extension_{name}/extensions/*/*.duckdb_extension"
    found = next(VENV.glob(pattern), None)
    if found is None:
        raise LakeError(f"there is no {VENV.name} with the extension {name}: `make lake` makes it")
    return found
