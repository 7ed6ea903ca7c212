"""Moves many accounts on a Dask cluster; MongoDB's jobs stay the only truth (rule: fleet)."""
