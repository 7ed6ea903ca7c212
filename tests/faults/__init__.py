"""Faults against real servers: whatever breaks, the collection ends as if nothing had."""
