"""Runs dbt over an account's file, and knows what a build was made from."""
