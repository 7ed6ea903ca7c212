"""The app starts only with every secret given, and shows none (rules: http, security)."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.shared.errors import SettingsError
from ingest.shared.settings import ROOT
from loaders.app import AppSettings

ENV = {
    "CDP_MONGO_URL": "mongodb://loader:hunter2@cdp.example/cdp",
    "MIGRATION_BASIC_USERNAME": "s2s",
    "MIGRATION_BASIC_PASSWORD": "battery-staple",
    "IAG_SESSION_SECRET": "k" * 32,
}


def test_the_usual_settings() -> None:
    """Cookies are secure and only this machine is listened at, unless told otherwise."""
    settings = AppSettings.from_env(ENV)
    assert (settings.secure_cookies, settings.host, settings.port) == (True, "127.0.0.1", 8000)
    assert settings.statsd is None
    assert not AppSettings.from_env(ENV | {"APP_SECURE_COOKIES": "false"}).secure_cookies


@pytest.mark.parametrize("variable", ENV)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(variable: str, value: str | None) -> None:
    """No secret, and no URL, has a default; an empty one is none."""
    env = {name: text for name, text in (ENV | {variable: value}).items() if text is not None}
    with pytest.raises(SettingsError, match=variable):
        AppSettings.from_env(env)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("IAG_SESSION_SECRET", "k" * 31, id="short secret"),
        pytest.param("MIGRATION_BASIC_USERNAME", "a:b", id="colon in the user name"),
        pytest.param("APP_SECURE_COOKIES", "perhaps", id="no flag"),
        pytest.param("PORT", "http", id="no port"),
        pytest.param("PORT", "65536", id="port too high"),
        pytest.param("CDP_MONGO_URL", "mongodb://cdp.example", id="no database"),
        pytest.param("CDP_MONGO_URL", "postgresql://cdp.example/x", id="no MongoDB"),
    ],
)
def test_an_unusable_variable_is_named(variable: str, value: str) -> None:
    """The message names the variable; of secrets it does not show the value."""
    with pytest.raises(SettingsError, match=variable) as raised:
        AppSettings.from_env(ENV | {variable: value})
    assert "k" * 31 not in str(raised.value)


def test_secrets_stay_out_of_the_repr() -> None:
    """A log of the settings shows none."""
    shown = repr(AppSettings.from_env(ENV))
    assert not any(secret in shown for secret in ("hunter2", "battery-staple", "k" * 32))


@pytest.mark.parametrize("variable", ENV)
def test_the_command_refuses_in_one_line(variable: str, tmp_path: Path) -> None:
    """`serve` ends with 1 and names what is missing."""
    env = {name: value for name, value in ENV.items() if name != variable}
    done = subprocess.run(
        [sys.executable, "-m", "loaders", "serve"],
        cwd=tmp_path,
        env=env | {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {variable} ")
    assert done.stderr.count("\n") == 1
