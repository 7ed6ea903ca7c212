"""What the benchmarks ran on; no name of a host."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.places.copies import Place

GIB = 2**30


def machine(place: Place) -> dict[str, Any]:
    """Return cores, processor, memory, the load before, and the versions of all that took part."""
    with psycopg.connect(place.env["CRM_AUDIT_DATABASE_URL"]) as crm, place.cdp() as database:
        postgresql = crm.info.parameter_status("server_version")
        mongodb = database.client.server_info()["version"]
    return {
        "cores": psutil.cpu_count(),
        "cpu": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / GIB, 1),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
        "postgresql": postgresql,
        "mongodb": mongodb,
    }


def described(found: dict[str, Any]) -> str:
    """Return the machine in one line."""
    return (
        f"{found['cores']} cores ({found['cpu']}), {found['memory_gib']} GiB, "
        f"load {found['load_average'][0]} before; Python {found['python']}, "
        f"DuckDB {found['duckdb']}, PostgreSQL {found['postgresql']}, MongoDB {found['mongodb']}"
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
