"""A mart row as the bytes of a MongoDB document; no database is known here."""
