"""The result of a probe, and the two places that it is kept in (rule: gates).

The file is for the engineer. The document in the CDP is for a run and for the trigger, which may
be on another machine and open no file of this one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.landing.staged import Warehouse
from ingest.probe.gates import Gate, Verdict
from ingest.settings import SourceSettings
from ingest.shared.seeds import Account
from ingest.sources.cdp import Cdp

COLLECTION = "crm_activity_log_migration_probes"
STORED_ITEMS = 100  # a document holds 16 MB; the file holds every missing id


@dataclass(frozen=True, slots=True)
class Result:
    """What all gates of an account said, and when (UTC)."""

    account: Account
    probed_at: datetime
    gates: Sequence[Gate]

    @property
    def failed(self) -> list[str]:
        """The names of the gates that block the account."""
        return [gate.name for gate in self.gates if gate.verdict is Verdict.FAIL]

    def document(self) -> dict[str, Any]:
        """Return the result as JSON holds it, but for the time."""
        return {
            "company_sso_id": self.account.company_sso_id,
            "account": self.account.account,
            "passed": not self.failed,
            "probed_at": self.probed_at,
            "gates": [_gate(gate) for gate in self.gates],
        }


def _gate(gate: Gate) -> dict[str, Any]:
    """Return a gate under the headings of the table: gate, found, needed, verdict."""
    fields = asdict(gate)
    return {"gate": fields.pop("name")} | fields | {"verdict": gate.verdict.value}


def write_result(result: Result, var_dir: Path) -> Path:
    """Write ``var/<account>/probe.json``, whole or not at all."""
    path = Warehouse.of(var_dir, result.account.account).folder / "probe.json"
    fresh = path.with_suffix(".new")
    text = json.dumps(result.document(), indent=2, ensure_ascii=False, default=datetime.isoformat)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


def store_result(result: Result, settings: SourceSettings) -> None:
    """Put the result in the place of the account's last one in the CDP.

    Raises:
        CdpError: MongoDB cannot be reached or refuses.
    """
    document = result.document()
    document["gates"] = [
        gate | {"details": {name: _cut(value) for name, value in gate["details"].items()}}
        for gate in document["gates"]
    ]
    with Cdp.opened(settings, result.account) as cdp:
        cdp.replace_one(COLLECTION, document)


def _cut(value: Any) -> Any:
    return value[:STORED_ITEMS] if isinstance(value, list) else value
