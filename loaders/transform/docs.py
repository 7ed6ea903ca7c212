"""Writes dbt's docs of an account as one page that also tells how its tests went."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.shared.seeds import Account
from loaders.transform.build import dbt
from loaders.transform.parsed import parsed_once
from loaders.transform.results import read_build

MANIFEST, CATALOG = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
SHOWN = ("model", "seed")


def docs_path(var_dir: Path, account: Account) -> Path:
    """Return where the account's docs are."""
    return var_dir / account.account / "docs" / "index.html"


def write_docs(account: Account, var_dir: Path, env: Mapping[str, str]) -> Path:
    """Write the page; dbt's artifacts of the last build stay as they are.

    Raises:
        StageFailedError: dbt failed; its log is named.
    """
    folder = var_dir / account.account
    build = read_build(folder / "target")
    with tempfile.TemporaryDirectory(
        prefix="docs-", dir=folder if folder.exists() else None
    ) as made:
        with parsed_once(var_dir, Path(made)):
            dbt(folder, env, "docs", "generate", target=Path(made))
        page = _page(Path(made), build)
    path = docs_path(var_dir, account)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(page, encoding="utf-8")
    unfinished.replace(path)
    return path


def _page(made: Path, build: Mapping[str, Any]) -> str:
    """Put manifest and catalog into dbt's page, as its own ``--static`` does."""
    manifest = json.loads((made / "manifest.json").read_bytes())
    tested = {model["model"]: model["tests"] for model in build["models"]}
    for node in manifest["nodes"].values():
        tests = tested.get(node["name"])
        if tests and node["resource_type"] in SHOWN:
            node["description"] += "\n".join(_told(tests))
    catalog = json.loads((made / "catalog.json").read_bytes())
    page = (made / "index.html").read_text(encoding="utf-8")
    return page.replace(MANIFEST, _inline(manifest)).replace(CATALOG, _inline(catalog))


def _told(tests: list[dict[str, str]]) -> Iterator[str]:
    yield "\n\n### Tests of the last build\n"
    yield "| status | kind | test |"
    yield "|---|---|---|"
    for test in tests:
        yield f"| {test['status']} | {test['kind']} | {test['name']} |"


def _inline(content: Any) -> str:
    return json.dumps(content).replace("</", "<\\/")
