"""What is wrong with a URL that somebody set, in words; its secrets are in none of them."""

import re
from urllib.parse import urlsplit

HIGHEST_PORT = 65_535
ENCODED = "write %40 for @, %3A for :, %2F for /, %3F for ? and %23 for # in user and password"
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.%]+\]|[^\[\]:]*)(:(?P<port>[^:]*))?")


def url_fault(url: str, schemes: tuple[str, ...]) -> str | None:
    """Say what is wrong with a URL; none where nothing is.

    Args:
        url: The URL; MongoDB's and PostgreSQL's may name several hosts.
        schemes: Those that it may have, the usual one first.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in schemes:
        return f"is no {schemes[0]}:// URL"
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return "holds a blank or a line break"
    authority, path = re.match(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    user, at, hosts = authority.rpartition("@")
    if "@" in user or (not at and ":" in hosts and "@" in path.partition("?")[0]):
        return f"has a user or password with reserved characters: {ENCODED}"
    if scheme.startswith("mongodb") and user.count(":") > 1:
        return f"has a user or password with reserved characters: {ENCODED}"
    return next(filter(None, map(_host_fault, hosts.split(","))), None)


def _host_fault(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    if found is None:
        return f"has a host that is none; perhaps {ENCODED}"
    port = found["port"]
    if not port:
        return None
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        return f"has a port that is none: 1 to {HIGHEST_PORT}; perhaps {ENCODED}"
    return None


def place_of(url: str) -> str:
    """Say where a URL points, without user and password; nothing where it may be torn apart."""
    parts = urlsplit(url)
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    return "its address" if "@" in rest else f"{parts.netloc.rpartition('@')[2]}{parts.path}"
