"""The demo's own secrets of the app, and the sessions that its simulated gateway signs.

The app has no default secrets. The demo makes its own once, and keeps them private beside the
servers' data: `app.json`, and `curl.conf` for `curl --config`.
"""

import fcntl
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from ingest.demo.errors import UnknownDemoAccountError
from ingest.shared.seeds import read_accounts

USERNAME = "demo"
PERMISSION = "customers.customers.view"
SESSION_LENGTH = timedelta(hours=12)


def app_variables(folder: Path) -> dict[str, str]:
    """Return what the app reads from its environment, the same in every command.

    Args:
        folder: Where the demo's servers keep their data.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "app.json"
    with (folder / "app.lock").open("a") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        if not path.exists():
            variables = _made()
            password = variables["MIGRATION_BASIC_PASSWORD"]
            _write_private(folder / "curl.conf", f'user = "{USERNAME}:{password}"\n')
            _write_private(path, json.dumps(variables))
    return dict(json.loads(path.read_text()))


def session(folder: Path, account: str) -> str:
    """Sign a session of a person who may see an account's contacts.

    Raises:
        UnknownDemoAccountError: The seed has no such account.
    """
    accounts = read_accounts()
    if account not in accounts:
        raise UnknownDemoAccountError(account, list(accounts))
    secret = app_variables(folder)["IAG_SESSION_SECRET"]
    return sign_session(secret, accounts[account].company_sso_id, f"{account}-support")


def sign_session(secret: str, company_sso_id: str, user: str) -> str:
    """Sign a session of a user who may see a company's contacts."""
    claims = {
        "sub": user,
        "company_sso_id": company_sso_id,
        "permissions": [PERMISSION],
        "exp": datetime.now(UTC) + SESSION_LENGTH,
    }
    return jwt.encode(claims, secret, "HS256")


def _made() -> dict[str, str]:
    return {
        "MIGRATION_BASIC_USERNAME": USERNAME,
        "MIGRATION_BASIC_PASSWORD": secrets.token_urlsafe(24),
        "IAG_SESSION_SECRET": secrets.token_urlsafe(48),
        "APP_SECURE_COOKIES": "false",  # the demo is served without TLS, on this machine only
    }


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)
