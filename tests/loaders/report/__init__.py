"""Tests of what the analyst reads and signs."""
