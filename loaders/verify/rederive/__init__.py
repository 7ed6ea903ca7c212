"""A second implementation of the rules, in Python, over a random sample.

It is written from the specification and knows nothing of the models in `dbt_project`: where both
agree on an audit, neither is wrong by itself. It decides nothing; it only finds differences.
"""
