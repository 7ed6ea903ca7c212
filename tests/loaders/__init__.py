"""The loading stage, on a real MongoDB, a real PostgreSQL and real DuckDB files."""
