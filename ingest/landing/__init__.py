"""How rows reach the account's DuckDB file, and stay equal to their source."""
