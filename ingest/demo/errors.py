"""Errors of the demo.

DemoError
└── ServerStartError
"""


class DemoError(Exception):
    """An error of the demo, in one line."""

    exit_code = 1


class ServerStartError(DemoError):
    """A server that cannot start; the message says why and what to do."""
