"""A person signs a verified migration, and later changes void that (rule: sign-off).

``signing`` opens the warehouse, ``state`` does not: the app imports only the latter.
"""
