"""The words of a viewer's language for fields and their values, from the analysts' seed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.shared.seeds import read_labels

DEFAULT = "en"
LANGUAGE = re.compile(r"\s*([a-z]{2,3})\b", re.IGNORECASE)
TECHNICAL = re.compile(r"id|.*_ids?|created_at|updated_at|.*_changed_at")
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one language, by field and value; a field's own stand under no value."""

    words: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, seeds: Path, accepted: str) -> "Labels":
        """Return the labels of the first language that is accepted and known, else English.

        Args:
            seeds: Where the seeds are.
            accepted: The header ``Accept-Language``.
        """
        known = read_labels(seeds)
        asked = [
            found[1].lower() for part in accepted.split(",") if (found := LANGUAGE.match(part))
        ]
        return cls(next((known[each] for each in asked if each in known), known.get(DEFAULT, {})))

    def of_field(self, name: str) -> str:
        """Return a field's label, or its name in words."""
        return self.words.get((name, ""), name.replace("_", " "))

    def of_value(self, name: str, value: Any) -> Any:
        """Return a value's label, or the value."""
        if isinstance(value, str | int) and not isinstance(value, bool):
            return self.words.get((name, str(value)), value)
        return value

    def is_noise(self, change: Mapping[str, Any]) -> bool:
        """Tell whether a change says nothing to a person: a key, or empty before and after."""
        name, old, new = str(change.get("field", "")), change.get("from"), change.get("to")
        if old in EMPTY and new in EMPTY:
            return True
        is_labelled = any((name, key) in self.words for key in ("", str(old), str(new)))
        return bool(TECHNICAL.fullmatch(name)) and not is_labelled
