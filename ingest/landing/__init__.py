"""How rows reach the account's DuckDB file, and stay equal to their source."""

import os

# dlt reads these two before it can be told anything; all else is told by `dlt_settings`.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
