"""Asks USMAN for the SSO user behind an e-mail address (rule: usman)."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import pyarrow as pa
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from ingest.errors import UsmanError
from ingest.settings import SourceSettings
from ingest.shared.crm_columns import TEXT
from ingest.shared.seeds import Account
from ingest.shared.tracing import traced

USMAN_USERS = pa.schema([("email", TEXT), ("sso_id", TEXT), ("status", TEXT)])
USMAN_LOOKUPS = pa.schema([("email", TEXT), ("found", pa.bool_())])

EMAILS_A_CALL = 50
ATTEMPTS = 5
CALL_S = 3.0
LONGEST_WAIT_S = 30.0
ACTIVE = "active"
MOST_BYTES = 4_000_000  # 50 users are some kilobytes


class _BusyError(Exception):
    """USMAN may answer later: 429, 5xx, or no answer in time."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Answer:
    """What USMAN said about some e-mails: the users it knows, and for every e-mail whether."""

    users: pa.Table
    lookups: pa.Table


class Usman:
    """USMAN as one account sees it.

    ``call_count`` and ``error_count`` count every request, the repeated ones too.

    Args:
        client: An HTTP client with base URL and credentials.
        account: The account whose users are asked for.
        first_wait_s: Seconds before the first retry; each further wait is twice as long.
    """

    def __init__(self, client: httpx.Client, account: Account, first_wait_s: float = 0.5) -> None:
        self._client = client
        self._account = account
        self._first_wait_s = first_wait_s
        self.call_count = 0
        self.error_count = 0

    @classmethod
    @contextmanager
    def opened(cls, settings: SourceSettings, account: Account) -> Iterator[Self]:
        """Make the client; nothing is asked yet."""
        credentials = httpx.BasicAuth(settings.usman_username, settings.usman_password)
        with httpx.Client(base_url=settings.usman_url, auth=credentials, timeout=CALL_S) as client:
            yield cls(client, account)

    def ask(self, emails: Sequence[str]) -> Answer:
        """Ask for e-mails in lower case, 50 a call.

        Raises:
            UsmanError: USMAN is down after all retries, refuses, or answers nonsense.
        """
        askable = [email for email in emails if "," not in email]  # a comma ends an e-mail there
        calls = [askable[i : i + EMAILS_A_CALL] for i in range(0, len(askable), EMAILS_A_CALL)]
        users = [user for call in calls for user in self._call(call)]
        return _answer(emails, users)

    def _call(self, emails: Sequence[str]) -> list[dict[str, str]]:
        retrying = Retrying(
            retry=retry_if_exception_type(_BusyError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            reraise=True,
        )
        try:
            response, text = retrying(self._get, emails)
        except _BusyError as error:
            place = self._client.base_url.copy_with(userinfo=b"")
            raise UsmanError(
                f"USMAN at {place} is down: {error}, {ATTEMPTS} times; "
                "call again later, what it answered is kept (USMAN_URL)",
                is_passing=True,
            ) from error
        return _users(response, text)

    def _get(self, emails: Sequence[str]) -> tuple[httpx.Response, bytes]:
        self.call_count += 1
        query = {"company_sso_id": self._account.company_sso_id, "emails": ",".join(emails)}
        try:
            with traced("USMAN call", emails=len(emails)):
                response, text = self._read(query)
        except httpx.RequestError as error:
            self.error_count += 1
            raise _BusyError(type(error).__name__) from error
        self.error_count += int(not response.is_success)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _BusyError(f"status {response.status_code}", _retry_after(response))
        return response, text

    def _read(self, query: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Ask, and read the answer: one that is too slow, or too long, is none."""
        began_at, text = time.monotonic(), bytearray()
        with self._client.stream("GET", "/private/users", params=query) as response:
            for part in response.iter_bytes():
                text += part
                if len(text) > MOST_BYTES:
                    raise UsmanError(f"USMAN's answer is longer than {MOST_BYTES:,} bytes")
                if time.monotonic() - began_at > CALL_S:
                    raise httpx.ReadTimeout(f"no whole answer in {CALL_S:.0f} s")
        return response, bytes(text)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked_for = error.wait_s if isinstance(error, _BusyError) else None
        wait_s = self._first_wait_s * 2 ** (state.attempt_number - 1)
        return min(LONGEST_WAIT_S, wait_s if asked_for is None else asked_for)


def _retry_after(response: httpx.Response) -> float | None:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None


def _users(response: httpx.Response, text: bytes) -> list[dict[str, str]]:
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise UsmanError(
            f"USMAN refuses the credentials (status {response.status_code}); "
            "check USMAN_USERNAME and USMAN_PASSWORD"
        )
    if not response.is_success:
        raise UsmanError(f"USMAN answers status {response.status_code}; check USMAN_URL")
    try:
        return [_user(user) for user in json.loads(text)["users"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsmanError(
            'USMAN\'s answer is not {"users": [{"sso_id", "email", "status"}]}; check USMAN_URL'
        ) from error


def _user(user: dict[str, Any]) -> dict[str, str]:
    row = {
        "email": user["email"].strip().lower(),
        "sso_id": user["sso_id"],
        "status": user["status"],
    }
    if not all(isinstance(value, str) for value in row.values()):
        raise TypeError(row)
    "".join(row.values()).encode()  # half a letter is no text
    return row


def _answer(emails: Sequence[str], users: Sequence[dict[str, str]]) -> Answer:
    """Keep one user an e-mail, an active one where there are several."""
    asked = set(emails)
    answered = {user["email"]: user for user in users}
    active = {user["email"]: user for user in users if user["status"].lower() == ACTIVE}
    known = {email: user for email, user in (answered | active).items() if email in asked}
    lookups = [{"email": email, "found": email in known} for email in emails]
    return Answer(
        users=pa.Table.from_pylist(list(known.values()), USMAN_USERS),
        lookups=pa.Table.from_pylist(lookups, USMAN_LOOKUPS),
    )
