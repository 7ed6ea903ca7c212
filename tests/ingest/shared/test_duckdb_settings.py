"""DuckDB's part of the machine is a setting, and what it lacks is said by its name."""

import duckdb
import pytest

from ingest.shared.duckdb_settings import duckdb_config, duckdb_problem
from ingest.shared.errors import SettingsError


@pytest.mark.parametrize(
    ("env", "share", "expected"),
    [
        ({"DUCKDB_MEMORY": "2GB", "DUCKDB_THREADS": "3"}, 1.0, ("2GB", 3)),
        ({"DUCKDB_MEMORY": "1.5 GiB", "DUCKDB_THREADS": "1"}, 1.0, ("1.5 GiB", 1)),
        ({"DUCKDB_MEMORY": "500mb", "DUCKDB_THREADS": "2"}, 0.5, ("250000000B", 2)),
        ({"DUCKDB_MEMORY": "1GiB", "DUCKDB_THREADS": "2"}, 0.5, ("536870912B", 2)),
    ],
)
def test_the_settings_are_what_duckdb_gets(
    env: dict[str, str], share: float, expected: tuple[str, int]
) -> None:
    """As they are written, or the part of them that a stage leaves it; DuckDB takes each."""
    config = duckdb_config(env, share=share)
    assert (config["memory_limit"], config["threads"]) == expected
    duckdb.connect(config=config).close()


def test_without_settings_the_machine_decides() -> None:
    """DuckDB opens with what fits it."""
    duckdb.connect(config=duckdb_config({})).close()


@pytest.mark.parametrize(
    "env",
    [
        {"DUCKDB_MEMORY": "lots"},
        {"DUCKDB_MEMORY": "500"},
        {"DUCKDB_MEMORY": "-1GB"},
        {"DUCKDB_MEMORY": "80%"},
        {"DUCKDB_THREADS": "two"},
        {"DUCKDB_THREADS": "0"},
        {"DUCKDB_THREADS": "-2"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(env: dict[str, str]) -> None:
    """In one line, before anything is opened."""
    [name] = env
    with pytest.raises(SettingsError, match=f"^{name} is ") as told:
        duckdb_config(env)
    assert "\n" not in str(told.value)


def test_want_of_memory_says_what_to_raise() -> None:
    """DuckDB's own error, put into one line that names the settings."""
    with duckdb.connect(config={"memory_limit": "10MB", "threads": 1}) as connection:
        connection.execute("set temp_directory = ''")
        with pytest.raises(duckdb.Error) as error:
            connection.execute("select list(repeat('x', 1000)) from range(1_000_000)").fetchall()
    problem = duckdb_problem(str(error.value))
    assert "\n" not in problem
    assert "DUCKDB_MEMORY=" in problem
    assert "DUCKDB_THREADS=" in problem


def test_other_problems_are_their_first_line() -> None:
    """What DuckDB says, without its pages of hints."""
    assert duckdb_problem("Binder Error: no\n\nLINE 1: x") == "Binder Error: no"
