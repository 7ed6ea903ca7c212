"""Copies an account's sources, unchanged, into its DuckDB warehouse (rule: extract).

The stage reads the CRM (PostgreSQL), the CDP (MongoDB) and USMAN (HTTP), and writes the schemas
``raw_crm``, ``raw_cdp`` and ``raw_usman`` of ``var/<account>/staging.duckdb``.
"""
