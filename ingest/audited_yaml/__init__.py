"""Reads the ``audited_changes`` that the Ruby gem audited wrote, as Ruby would read them.

`parse` is the whole interface. It never builds Ruby or Python objects from tags, and every text
gives a value or a named error.
"""

from ingest.audited_yaml.parser import Parsed, parse

__all__ = ["Parsed", "parse"]
