"""A person signs a verified migration, and later changes void that (spec §10).

``signing`` opens the warehouse, ``state`` does not: the app imports only the latter.
"""
