"""What is done rarely: indexes, id map, purge."""
