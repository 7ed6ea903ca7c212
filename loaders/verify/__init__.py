"""Reads MongoDB back, compares, derives anew, and keeps what was signed."""
