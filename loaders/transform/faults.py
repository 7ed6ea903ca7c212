"""Says in one line why dbt failed: of wrong lines in the seeds a sentence each, and nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.shared.duckdb_settings import duckdb_problem

Result = Mapping[str, Any]

FAILED = ("error", "fail", "runtime error")
MOST_NODES, MOST_SENTENCES = 5, 20
SAID = re.compile(r"Invalid Input Error: (\w+\.csv[ :].*)")
NEXT = re.compile(r"; (?=\w+\.csv[ :])")
PLACE = re.compile(r"\w+\.csv line \d+: \w+")


def failure_line(command: str, results: Sequence[Result], otherwise: str, log: Path) -> str:
    """Return why a command of dbt failed.

    Args:
        command: The command.
        results: What dbt says of each node.
        otherwise: The last line of dbt, where no node failed.
        log: Where all of it is.
    """
    failed = [result for result in results if result["status"] in FAILED]
    if sentences := list(_of_seeds(failed)):
        more = len(sentences) - MOST_SENTENCES
        told = "; ".join(sentences[:MOST_SENTENCES])
        return told + (f"; and {more} more, in {log}" if more > 0 else "")
    named = [f"{_name(result)}: {_reason(result)}" for result in failed[:MOST_NODES]]
    return f"dbt {command} failed: {'; '.join(named) or otherwise}; log: {log}"


def _of_seeds(failed: Sequence[Result]) -> Iterator[str]:
    """Yield a sentence for each fault; of a cell that several tests refuse, the first one's."""
    places: set[str] = set()
    for result in failed:
        found = SAID.search(str(result.get("message")))
        for sentence in NEXT.split(found[1]) if found else ():
            place = PLACE.match(sentence)
            key = place[0] if place else sentence
            if key not in places:
                places.add(key)
                yield sentence


def _name(result: Result) -> str:
    return str(result["unique_id"]).split(".")[2]


def _reason(result: Result) -> str:
    message = str(result.get("message") or "")
    if "Out of Memory" in message:
        return duckdb_problem(message)
    return " ".join(message.split()) or str(result["status"])
