"""The demo's secrets of the app are its own, private, and the same in every command."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from ingest.demo.errors import UnknownDemoAccountError
from ingest.demo.gateway import app_variables, session


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """Eight commands at once get the same; another demo gets others."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: app_variables(tmp_path / "a"), range(8)))
    other = app_variables(tmp_path / "b")
    assert all(each == made[0] for each in made)
    assert other["IAG_SESSION_SECRET"] != made[0]["IAG_SESSION_SECRET"]
    assert len(made[0]["IAG_SESSION_SECRET"].encode()) >= 32


def test_secrets_are_private(tmp_path: Path) -> None:
    """Nobody else can read the files; curl's holds the password that the app asks for."""
    variables = app_variables(tmp_path)
    for name in ("app.json", "curl.conf"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert variables["MIGRATION_BASIC_PASSWORD"] in (tmp_path / "curl.conf").read_text()


def test_a_session_is_the_app_s(tmp_path: Path) -> None:
    """It names the account's company and carries what a session must."""
    token = session(tmp_path, "demo-small")
    key = app_variables(tmp_path)["IAG_SESSION_SECRET"]
    claims = jwt.decode(token, key, algorithms=["HS256"])
    assert claims["company_sso_id"] == "11111111-1111-4111-8111-111111111111"
    assert set(claims) == {"sub", "company_sso_id", "permissions", "exp"}


def test_an_unknown_account_has_no_session(tmp_path: Path) -> None:
    """Exit code 2, and the known ones are named."""
    with pytest.raises(UnknownDemoAccountError, match="demo-gem"):
        session(tmp_path, "nobody")
