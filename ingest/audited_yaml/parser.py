"""A text of ``audited_changes`` to JSON, whichever of its forms it has."""

import json
import re
from dataclasses import dataclass

import orjson
from yaml import YAMLError

from ingest.audited_yaml.errors import ChangesError, EncodingError, TooDeepError
from ingest.audited_yaml.nodes import DEPTH_LIMIT, DocumentReader
from ingest.audited_yaml.plain import NOT_PLAIN, read_plain
from ingest.audited_yaml.values import Digits, Value, finite, integer, json_text

_LONG_NUMBER = re.compile(r"[0-9]{16}|[0-9][eE]")
_SPACES = re.compile(r"\s+")
_SOURCE_NAME = 'in "<unicode string>", '
_JSON_FIRST = frozenset('{["')


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text of ``audited_changes`` says.

    Args:
        value_json: The value as compact JSON, keys in source order; None for no changes (no text,
            an empty text, a null document) and for an error.
        parser: ``yaml``, ``json``, or ``none`` where there is no text.
        error: Why the text cannot be read, in one line; None when it can.
        unknown_tags: YAML tags that the parser does not know; their data is in the value.
    """

    value_json: str | None
    parser: str
    error: str | None = None
    unknown_tags: tuple[str, ...] = ()


def parse(text: str | None) -> Parsed:
    """Read the text of an ``audited_changes`` column: YAML, JSON, or YAML within a JSON string.

    Every text gives a value or an error; none raises. Values are normalised as the golden README
    tells, before the two-branch rule of rule `changes`.
    """
    if text is None or not text.strip():
        return Parsed(None, "none")
    kind = "json" if text.lstrip()[0] in _JSON_FIRST else "yaml"
    try:
        if kind == "json":
            read = _read_json(text)
            if read is not None:
                return read
        kind = "yaml"
        return _read_yaml(text)
    except (ChangesError, YAMLError) as error:
        return Parsed(None, kind, _one_line(error))
    except RecursionError:  # depth that aliases within aliases, or JSON, add up
        return Parsed(None, kind, str(TooDeepError(DEPTH_LIMIT)))
    except UnicodeEncodeError:
        return Parsed(None, kind, str(EncodingError()))


def _read_yaml(text: str) -> Parsed:
    value = read_plain(text)
    if value is not NOT_PLAIN:
        return Parsed(json_text(value), "yaml")
    return read_completely(text)


def read_completely(text: str) -> Parsed:
    """Read any YAML, by libyaml's events.

    Raises:
        yaml.YAMLError: The text is no YAML.
        ChangesError: It is beyond the bounds, or an alias has no value.
    """
    reader = DocumentReader(text)
    value = reader.read()
    value_json = None if value is None else json_text(value)
    return Parsed(value_json, "yaml", unknown_tags=tuple(reader.tags.unknown))


def _read_json(text: str) -> Parsed | None:
    """Read JSON; None when it is none. A JSON string that holds a document is read as that."""
    try:
        value = _json_value(text)
    except ValueError:
        return None
    if isinstance(value, str):
        if value.startswith("---"):
            return _read_yaml(value)
        if value[:1] in {"{", "["}:
            inner = _read_json(value)
            if inner is not None:
                return inner
    return Parsed(json_text(value), "json")


def _json_value(text: str) -> Value:
    if not _LONG_NUMBER.search(text):
        return orjson.loads(text)
    return json.loads(
        text, parse_int=integer, parse_float=_json_float, parse_constant=_refuse_constant
    )


def _json_float(text: str) -> Value:
    value = float(text)
    return value if finite(value) is value else Digits(text)


def _refuse_constant(name: str) -> Value:
    raise ValueError(name)


def _one_line(error: Exception) -> str:
    return _SPACES.sub(" ", str(error).replace(_SOURCE_NAME, "at ")).strip()
