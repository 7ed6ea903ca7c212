"""The accounts of the demo, migrated once for all of these tests."""
