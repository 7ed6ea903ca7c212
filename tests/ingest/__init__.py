"""Tests of the ingest stage, on real servers."""
