"""Where an account's file is, and what people read of it (rule: reconciliation)."""

from pathlib import Path

from ingest.shared.seeds import Account


def staging_path(var_dir: Path, account: Account) -> Path:
    """Return where the account's DuckDB file is."""
    return var_dir / account.account / "staging.duckdb"


def report_path(var_dir: Path, account: Account) -> Path:
    """Return where the account's report is."""
    return var_dir / account.account / "report" / "index.html"


def preview_path(var_dir: Path, account: Account) -> Path:
    """Return where the account's preview is."""
    return var_dir / account.account / "preview" / "index.html"


def runs_folder(var_dir: Path, account: Account) -> Path:
    """Return where the reports of the account's runs are kept, each in a folder of its job."""
    return var_dir / account.account / "runs"
