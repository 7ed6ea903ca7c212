"""Who did it (rule: actor)."""

from collections.abc import Collection
from dataclasses import dataclass

from loaders.verify.rederive.facts import BLANKS, Audit, CrmUser, Known


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a document; ``sso_id`` only for a user who is active."""

    type: str
    name: str
    crm_user_id: int | None = None
    sso_id: str | None = None


def derived_actor(audit: Audit, known: Known, users: Collection[str]) -> Actor:
    """Return the actor of an audit.

    Args:
        audit: The audit.
        known: What is known of users.
        users: The types of actors that are CRM users.
    """
    if audit.user_id is None:
        return _without_id(audit.username)
    if not audit.user_type:  # it could be anybody's id: see the README's decisions
        return Actor("unknown", "Unknown", audit.user_id)
    if audit.user_type not in users:
        return Actor("other", f"{audit.user_type} {audit.user_id}", audit.user_id)
    user = known.users.get(audit.user_id)
    if user is None:
        return Actor("deleted", "[Deleted reference]", audit.user_id)
    return _of_user(user, audit.user_type, known)


def _of_user(user: CrmUser, user_type: str, known: Known) -> Actor:
    name = (user.full_name or "").strip(" ") or f"{user_type} {user.id}"
    sso_user = known.sso_users.get(normal_email(user.email))
    if user.is_deleted or sso_user is None or not sso_user.is_active:
        return Actor("deactivated", name, user.id)
    return Actor("user", name, user.id, sso_user.sso_id)


def _without_id(username: str | None) -> Actor:
    name = (username or "").strip(BLANKS)
    if name.startswith("#<"):
        return Actor("unknown", "Unknown")
    return Actor("system", name or "System")


def normal_email(email: str | None) -> str:
    """Return an e-mail address as it is compared (rule: usman)."""
    return (email or "").strip(" ").lower()
