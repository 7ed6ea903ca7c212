"""The changes parser against PyYAML's C loader, on the rows of the real gem (rule: bars)."""

import gzip
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from ingest.audited_yaml import parse
from tests.benchmarks.baselines import Bare
from tests.benchmarks.handwritten import Loader

GOLDEN = Path(__file__).parents[1] / "golden" / "audits_text.jsonl.gz"


def golden_texts() -> list[str]:
    """Return every YAML text of the golden corpus."""
    with gzip.open(GOLDEN, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["audited_changes"] for line in lines]
    return [text for text in texts if text]


def parsed_by_reader(texts: Sequence[str], times: int) -> Bare:
    """Read each text as the extract does, on one core."""
    started_at = time.monotonic()
    for _ in range(times):
        for text in texts:
            parse(text)
    return Bare(len(texts) * times, time.monotonic() - started_at)


def parsed_by_pyyaml(texts: Sequence[str], times: int) -> Bare:
    """Load each text by `CSafeLoader`, with Ruby's tags let through; an error is a reading too."""
    started_at = time.monotonic()
    for _ in range(times):
        for text in texts:
            with suppress(yaml.YAMLError, ValueError):
                yaml.load(text, Loader)  # noqa: S506 - a subclass of the safe loader
    return Bare(len(texts) * times, time.monotonic() - started_at)
