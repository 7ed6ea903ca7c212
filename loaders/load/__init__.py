"""Writes documents to MongoDB, each once, and deletes them again."""
