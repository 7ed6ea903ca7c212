"""Transforms accounts into one lake: Parquet files, with a catalog in PostgreSQL (DuckLake).

Any number of machines write into it, each account into schemas of its own. `publishing` runs in
the project's environment; `catalog`, and dbt with the target ``lake``, run in the lake's.
"""
