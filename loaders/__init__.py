"""Moves mart rows into MongoDB, proves that they arrived, and reports.

The stage reads ``marts`` and ``reconciliation`` of the account's warehouse and fills
``readback``; it never imports the other stages, only runs them as children.
"""
