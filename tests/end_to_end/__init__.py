"""The main job, from a real PostgreSQL to a real MongoDB and back."""
