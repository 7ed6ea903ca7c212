"""Errors of the demo.

DemoError                    1
├── ServerStartError         1
└── UnknownDemoAccountError  2
"""


class DemoError(Exception):
    """An error of the demo, in one line."""

    exit_code = 1


class ServerStartError(DemoError):
    """A server that cannot start; the message says why and what to do."""


class UnknownDemoAccountError(DemoError):
    """An account that the simulated CRM does not write for."""

    exit_code = 2

    def __init__(self, account: str, known: list[str]) -> None:
        self.account = account
        super().__init__(f"account {account!r} is not simulated; simulated: {', '.join(known)}")
