"""Real PostgreSQL, MongoDB and USMAN servers for the demo and the tests."""
