"""What a viewer wishes of a timeline: a category, and words that a log must have (rule: pages)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ingest.shared.bson_codec import READABLE
from ingest.shared.indexes import ACTIVITY_LOGS
from ingest.shared.mongo import CdpDatabase
from ingest.shared.text import without_controls
from loaders.app.timeline import Contact

LONGEST = 100
MOST_CATEGORIES = 50
REPLACED = "\N{REPLACEMENT CHARACTER}"
WORD = {"$cond": [{"$eq": [{"$type": "$category"}, "string"]}, "$category", ""]}
SEARCHED = ("category", "action", "actor.name", "changes.field", "changes.from", "changes.to")


@dataclass(frozen=True, slots=True)
class LogWish:
    """A wish; empty where nothing is wished."""

    category: str
    words: str

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "LogWish":
        """Read the parameters of an address."""
        category, words = (without_controls(asked.get(name, "")) for name in ("category", "q"))
        return cls(category[:LONGEST], words.strip()[:LONGEST])

    @property
    def conditions(self) -> tuple[Mapping[str, Any], ...]:
        """What MongoDB is asked; words are words, and no pattern."""
        return tuple(self._conditions())

    def address(self, **more: str) -> str:
        """Return the parameters of the same wish."""
        asked = {"category": self.category, "q": self.words} | more
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"

    def _conditions(self) -> Iterator[Mapping[str, Any]]:
        if self.category:
            yield {"category": self.category}
        if self.words:
            pattern = {"$regex": re.escape(self.words), "$options": "i"}
            yield {"$or": [{field: pattern} for field in SEARCHED]}


def categories_of(database: CdpDatabase, contact: Contact) -> list[str]:
    """Return the categories of a contact's logs, the first of many; what is no word is none."""
    stages: list[dict[str, Any]] = [
        {"$match": contact.query | {"$expr": {"$lte": [{"$strLenBytes": WORD}, LONGEST]}}},
        {"$group": {"_id": WORD}},
        {"$sort": {"_id": 1}},
        {"$limit": MOST_CATEGORIES},
    ]
    logs = database.get_collection(ACTIVITY_LOGS, codec_options=READABLE)
    found = [str(each["_id"]) for each in logs.aggregate(stages)]
    return [each for each in found if each.isprintable() and REPLACED not in each and each]
