"""How much of the machine DuckDB may use, and what to say when that is not enough."""

import os
import re
from collections.abc import Mapping
from typing import Final

from ingest.shared.errors import SettingsError
from ingest.shared.pool import cores
from ingest.shared.settings import environment

Config = dict[str, str | bool | int | float | list[str]]

MEMORY, THREADS = "DUCKDB_MEMORY", "DUCKDB_THREADS"
MB_A_THREAD: Final = 250
LEAST_MB: Final = 500
MOST_THREADS: Final = 8
PART_OF_MACHINE: Final = 0.4
_SIZE = re.compile(r"([1-9][0-9]*(?:\.[0-9]+)?) ?([KMGT]i?B)", re.IGNORECASE)
_NO_MEMORY = re.compile(r"out of memory|failed to (pin|allocate)|could not allocate", re.IGNORECASE)


def duckdb_config(env: Mapping[str, str] | None = None, *, share: float = 1.0) -> Config:
    """Return the options of every connection, by the settings or as they fit the machine.

    Args:
        env: The environment; the process's own when absent.
        share: How much of the memory the connection takes, where others of the stage need some.

    Raises:
        SettingsError: A setting is no size, or no number of threads.
    """
    given = environment() if env is None else env
    threads = given.get(THREADS) or str(min(cores(), MOST_THREADS))
    if not threads.isascii() or not threads.isdigit() or not int(threads):
        raise SettingsError(THREADS, f"is {threads!r}: a number of threads is needed, e.g. 2")
    memory = given.get(MEMORY) or f"{_fitting_mb(int(threads))}MB"
    if not _SIZE.fullmatch(memory):
        raise SettingsError(MEMORY, f"is {memory!r}: a size is needed, e.g. 500MB or 2GB")
    if share < 1:
        memory = f"{int(share * _byte_count(memory))}B"
    return {"memory_limit": memory, "threads": int(threads)}


def _byte_count(size: str) -> float:
    digits, unit = _SIZE.fullmatch(size).groups()  # type: ignore[union-attr]  # it is a size
    base = 1024.0 if unit[1:2] in "iI" else 1000.0
    power = 1 + "KMGT".index(unit[0].upper())
    return float(digits) * base**power


def _fitting_mb(threads: int) -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1_000_000
    return int(min(max(LEAST_MB, MB_A_THREAD * threads), PART_OF_MACHINE * machine))


def duckdb_problem(text: str) -> str:
    """Say in one line what DuckDB complains of; of its memory, what to change."""
    if not _NO_MEMORY.search(text):
        return (text.splitlines() or ["DuckDB failed"])[0]
    config = duckdb_config()
    return (
        f"DuckDB needs more memory than {MEMORY}={config['memory_limit']}: set a larger one, "
        f"or fewer threads than {THREADS}={config['threads']}"
    )
