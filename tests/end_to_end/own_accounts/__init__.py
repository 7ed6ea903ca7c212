"""Accounts that a test makes, changes and migrates as it needs."""
