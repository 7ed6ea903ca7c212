"""Ruby objects that have a text or a shape of their own, made from their members.

Nothing here makes the object: each function takes the members that the YAML tells and gives JSON.
"""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Final

from ingest.audited_yaml.durations import duration_text
from ingest.audited_yaml.values import Members, Value, number_text

Reader = Callable[[dict[str, Value]], Value]

_IPV4_FAMILY = 2
_DEFAULT_PORTS: Final = {
    "ftp": 21, "http": 80, "https": 443, "ldap": 389, "ldaps": 636, "ws": 80, "wss": 443,
}  # fmt: skip


def range_value(members: Mapping[str, Value]) -> Value:
    """Give ``{"begin", "end", "excl"}``; an open end is null."""
    return Members(
        begin=members.get("begin"), end=members.get("end"), excl=bool(members.get("excl"))
    )


def exception_text(class_name: str, members: Mapping[str, Value]) -> str:
    """Give ``ArgumentError: bad: value``; without a message Ruby says the class again."""
    message = members.get("message")
    return f"{class_name}: {class_name if message is None else message}"


def uri_text(members: Mapping[str, Value]) -> str:
    """Put a URI together as ``URI::Generic#to_s`` does: without its scheme's default port."""
    scheme, host, port = members.get("scheme"), members.get("host"), members.get("port")
    pieces = [f"{scheme}:" if scheme else ""]
    if members.get("opaque"):
        pieces.append(members["opaque"])
    else:
        pieces += ["//" if host or scheme in {"file", "postgres"} else "", _user_text(members)]
        pieces.append(host or "")
        if port and port != _DEFAULT_PORTS.get(scheme or ""):
            pieces.append(f":{port}")
        pieces.append(members.get("path") or "")
        pieces.append("" if members.get("query") is None else f"?{members['query']}")
    pieces.append("" if members.get("fragment") is None else f"#{members['fragment']}")
    return "".join(pieces)


def _user_text(members: Mapping[str, Value]) -> str:
    user, password = members.get("user"), members.get("password")
    if user is None:
        return ""
    return f"{user}@" if password is None else f"{user}:{password}@"


def _ip_text(members: dict[str, Value]) -> str:
    address, mask = members["addr"], members["mask_addr"]
    if members["family"] == _IPV4_FAMILY:
        text = str(ipaddress.IPv4Address(address))
    else:
        text = _ipv6_text(address)
    return f"{text}{members.get('zone_id') or ''}/{mask.bit_count()}"


def _ipv6_text(address: int) -> str:
    """Write an IPv6 address as Ruby does: what embeds an IPv4 address ends in dots."""
    high, low = address >> 32, address & 0xFFFF_FFFF
    if high == 0xFFFF or (high == 0 and low > 0xFFFF):
        return f"::{'ffff:' if high else ''}{ipaddress.IPv4Address(low)}"
    return str(ipaddress.IPv6Address(address))


def _complex_text(members: dict[str, Value]) -> str:
    real, imaginary = number_text(members["real"]), number_text(members["image"])
    sign = "" if imaginary.startswith("-") else "+"
    mark = "*" if imaginary[-1] in "yN" else ""
    return f"{real}{sign}{imaginary}{mark}i"


def _rational_text(members: dict[str, Value]) -> str:
    return f"{number_text(members['numerator'])}/{number_text(members['denominator'])}"


def _set_list(members: dict[str, Value]) -> list[Value]:
    """Give a set's elements; the parser reads the keys of ``hash`` as a list."""
    elements = members["hash"]
    return elements if isinstance(elements, list) else list(elements)


def _hash_value(members: dict[str, Value]) -> Value:
    return dict(members)


OBJECTS: Final[dict[str, Reader]] = {
    "ActionController::Parameters": lambda members: members["parameters"],
    "ActiveSupport::Duration": lambda members: duration_text(members["parts"]),
    "ActiveSupport::HashWithIndifferentAccess": _hash_value,
    "ActiveSupport::OrderedOptions": Members,
    "ActiveSupport::TimeWithZone": lambda members: members["utc"],
    "ActiveSupport::TimeZone": lambda members: members["name"],
    "Complex": _complex_text,
    "Hash": _hash_value,
    "IPAddr": _ip_text,
    "OpenStruct": Members,
    "Range": range_value,
    "Rational": _rational_text,
    "Set": _set_list,
    "URI::RFC3986_Parser": Members,
}
"""What to do with ``!ruby/object:<class>`` on a mapping, by class."""
