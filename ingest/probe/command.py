"""``make probe``: ask, show, keep, and refuse where a gate failed (rule: gates)."""

from datetime import UTC, datetime

from rich.console import Console

from ingest.errors import GateFailedError
from ingest.probe.cdp_server import PRIMARY
from ingest.probe.probe import probe
from ingest.probe.result import Result, store_result, write_result
from ingest.probe.table import show
from ingest.settings import SourceSettings
from ingest.shared.seeds import Account


def probe_account(
    settings: SourceSettings,
    account: Account,
    *,
    allow_empty: bool,
    console: Console,
    is_whole: bool = False,
) -> None:
    """Probe an account.

    Args:
        settings: Where the sources and ``var`` are.
        account: The account.
        allow_empty: Let an account without audits pass.
        console: Where the table goes.
        is_whole: Show the gates that pass, too.

    Raises:
        GateFailedError: A gate failed; the result is shown and kept.
        CdpError: MongoDB can be written, and does not take the result.
    """
    with console.status(f"probing {account.account}"):
        gates = list(probe(settings, account, allow_empty=allow_empty))
    now = datetime.now(UTC).replace(microsecond=0)
    result = Result(account, now, gates)
    show(console, account.account, gates, is_whole=is_whole)
    path = write_result(result, settings.var_dir)
    _store(result, settings, console)
    if result.failed:
        raise GateFailedError(account.account, result.failed, path)
    console.print(f"probe: {path}", soft_wrap=True, highlight=False, markup=False)


def _store(result: Result, settings: SourceSettings, console: Console) -> None:
    """Store in the CDP too; where that cannot be written, as a gate says, the file is all."""
    if PRIMARY.name in result.failed:
        console.print("kept in the file alone: MongoDB cannot be written", highlight=False)
    else:
        store_result(result, settings)
