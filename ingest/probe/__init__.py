"""The gates that an account passes before it is migrated: ``make probe`` (rule: gates).

A gate is a small function that asks one source one thing and returns a `Gate`. The result is
shown, written to ``var/<account>/probe.json``, and stored in the CDP, where a run looks for it.
"""
