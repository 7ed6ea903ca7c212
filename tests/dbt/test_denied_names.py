"""A denied name is known in every disguise that Unicode has, by dbt and by Python (rule: denied fields)."""

import string
import sys
import unicodedata
from collections.abc import Iterator

import duckdb
import pytest
from jinja2 import Template

from ingest.shared.denied import is_denied
from tests.dbt.conftest import PROJECT

NAME = f"{string.ascii_lowercase}{string.digits}_"
MACROS = ("look_alikes", "without_denied_fields")
BEYOND_ASCII = [chr(n) for n in range(128, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]


def disguises() -> Iterator[str]:
    """The name with each letter that looks like one of its own, and with each that nobody sees."""
    for letter in BEYOND_ASCII:
        plain = unicodedata.normalize("NFKC", letter).casefold()
        if len(plain) == 1 and plain in NAME:
            yield NAME.replace(plain, letter)
        elif is_denied(f"a{letter}b", {"ab"}):
            yield f"{NAME[:3]}{letter}{NAME[3:]}"


@pytest.fixture(scope="module")
def plain_keys() -> str:
    """The macro's SQL over a column `text`."""
    macros = "".join((PROJECT / "macros" / f"{name}.sql").read_text() for name in MACROS)
    return Template(macros + "{{ with_plain_keys('text') }}").render()


def test_both_know_every_disguise(plain_keys: str) -> None:
    """Of more than a thousand."""
    names = list(disguises())
    assert len(names) > 1_200
    assert [name for name in names if not is_denied(name, {NAME})] == []
    query = f"select text from (select unnest(?) as text) where not contains({plain_keys}, ?)"  # noqa: S608
    keys = [f'{{"{name}":1}}' for name in names]
    assert duckdb.execute(query, [keys, f'"{NAME}":']).fetchall() == []


def test_other_letters_stay(plain_keys: str) -> None:
    """Letters of other scripts, accents and emoji make no other name of a key."""
    texts = ['{"größe":"x y"}', '{"имя":"é"}', '{"名前":"🎉"}', '{"a b":1}']
    query = f"select {plain_keys} from (select unnest(?) as text)"  # noqa: S608
    found = [text for (text,) in duckdb.execute(query, [texts]).fetchall()]
    assert found == ['{"größe":"x y"}', '{"имя":"é"}', '{"名前":"🎉"}', '{"a b":1}']
