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
MACROS = ("with_plain_letters", "without_denied_fields")
BEYOND_ASCII = [chr(n) for n in range(128, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]


def disguises() -> Iterator[tuple[str, str]]:
    """A name with each letter that stands for one or several of its own, or that nobody sees."""
    for letter in BEYOND_ASCII:
        plain = unicodedata.normalize("NFKC", letter).casefold()
        if not set(plain) <= set(NAME):
            plain = ""
        if plain or is_denied(f"a{letter}b", {"ab"}):
            yield f"api{letter}{NAME}", f"api{plain}{NAME}"


@pytest.fixture(scope="module")
def plain_keys() -> str:
    """The macro's SQL over a column `text`."""
    macros = "".join((PROJECT / "macros" / f"{name}.sql").read_text() for name in MACROS)
    return Template(macros + "{{ with_plain_keys('text') }}").render()


def test_both_know_every_disguise(plain_keys: str) -> None:
    """Of more than a thousand."""
    names = list(disguises())
    assert len(names) > 1_400
    assert [name for name, plain in names if not is_denied(name, {plain})] == []
    query = f"""
        select text from (select unnest(?) as text, unnest(?) as plain)
        where not contains({plain_keys}, plain)
    """  # noqa: S608
    keys = [(f'{{"{name}":1}}', f'"{plain}":') for name, plain in names]
    assert duckdb.execute(query, list(zip(*keys, strict=True))).fetchall() == []


def test_other_letters_stay(plain_keys: str) -> None:
    """Letters of other scripts, accents and emoji make no other name of a key."""
    texts = ['{"grössere":"x y"}', '{"имя":"é"}', '{"名前":"🎉"}', '{"a b":1}']
    query = f"select {plain_keys} from (select unnest(?) as text)"  # noqa: S608
    found = [text for (text,) in duckdb.execute(query, [texts]).fetchall()]
    assert found == ['{"grössere":"x y"}', '{"имя":"é"}', '"名前":', '{"a b":1}']
