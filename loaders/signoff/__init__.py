"""A person signs a verified migration, and later changes void that (spec §10)."""

from loaders.signoff.signing import sign_off
from loaders.signoff.state import SignOffState, sign_off_state

__all__ = ["SignOffState", "sign_off", "sign_off_state"]
