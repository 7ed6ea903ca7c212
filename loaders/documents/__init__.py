"""A mart row as the bytes of a MongoDB document; no database is known here."""

from pathlib import Path

from ingest.shared.versions import source_version

VERSION = source_version(Path(__file__).parent)
"""Hashes that another version made are made anew."""
