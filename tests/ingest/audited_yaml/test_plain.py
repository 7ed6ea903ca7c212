"""Plain lines are read as the complete reader reads them, or not at all (rule: changes)."""

import random

import pytest
from yaml import YAMLError

from ingest.audited_yaml.errors import ChangesError
from ingest.audited_yaml.parser import Parsed, read_completely
from ingest.audited_yaml.plain import NOT_PLAIN, read_plain
from ingest.audited_yaml.values import json_text
from tests.ingest.audited_yaml.test_golden import golden_rows

BITS = (
    *(
        "\n",
        "  ",
        "- ",
        "-",
        ":",
        ": ",
        "#",
        " #",
        "'",
        '"',
        "&1 ",
        "*1",
        "\t",
        "\\n",
        "|",
        ">",
        "? ",
    ),
    *(
        "!ruby/object:X ",
        "!ruby/object:BigDecimal ",
        "no",
        "yes",
        "on: ",
        "1:30",
        "~",
        "null",
        "{}",
    ),
    *(
        "[]",
        "<<",
        "%",
        "é",
        "\u2028",
        "0x1F",
        "1_000",
        "2021-02-30",
        ".inf",
        ":a",
        "=",
        "...",
        "\n\n",
    ),
    *(
        " ",
        "a",
        "_",
        "0",
        "key: ",
        "x:\n  y: 1\n",
        "|-\n  a\n",
        "&2 !ruby/object:BigDecimal 18:0.1e1",
    ),
)


def texts() -> list[str]:
    """Documents as Psych writes them."""
    rows = golden_rows("audits_text.jsonl.gz")
    found = [row["audited_changes"] for row in rows]
    return [text for text in found if text and text.startswith("---") and len(text) < 3_000]


def completely(text: str) -> object:
    """What the complete reader says; an error is an answer too."""
    try:
        return read_completely(text)
    except (YAMLError, ChangesError) as error:
        return error


def spoilt(text: str, draw: random.Random) -> str:
    """A document with a few pieces put in, cut out or moved."""
    for _ in range(draw.choice([1, 1, 2, 3])):
        start = draw.randrange(4, len(text) + 1)
        end = start + draw.choice([0, 0, 1, 1, 2, 5])
        text = text[:start] + draw.choice(["", *BITS]) + text[end:]
    lines = text.split("\n")
    moved = draw.randrange(len(lines))
    if moved and draw.random() < 0.2:
        lines[moved] = draw.choice(["", " ", "  ", "    "]) + lines[moved].lstrip()
    return "\n".join(lines)


def assert_equal(text: str) -> bool:
    """Whatever is read at all is what the complete reader reads, to the byte."""
    value = read_plain(text)
    if value is not NOT_PLAIN:
        assert completely(text) == Parsed(json_text(value), "yaml"), text
    return value is not NOT_PLAIN


def test_golden_documents_are_read_alike() -> None:
    """And more than half of these, half of which exist to be hard, are plain."""
    documents = texts()
    assert sum(map(assert_equal, documents)) > len(documents) / 2


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_documents_are_read_alike(seed: int) -> None:
    """However a document is spoilt, what is still taken for plain has the same value."""
    draw, documents = random.Random(seed), texts()  # noqa: S311 - no secret
    assert sum(assert_equal(spoilt(draw.choice(documents), draw)) for _ in range(2_500)) > 250


@pytest.mark.parametrize(
    "text",
    [
        "---\nyes: 1\n",
        "---\n1: a\n",
        "---\n- a\nb: c\n",
        "---\na: b\n  c\n",
        "---\na: b: c\n",
        "---\na: 'b\n",
        "---\na: |-\n  b\n",
        "---\na: !ruby/object:Unheard\n  b: 1\n",
        "---\na: &1!x b\n",
        "---\na: *1\n",
        "---\na: &1\n  b: *1\n",
        "---\na: b\u2028c\n",
        "---\na: b",
        "a: b\n",
        "---\na:\n   b: 1\n  c: 2\n",
        "---\n? a\n: b\n",
    ],
)
def test_what_is_not_surely_plain_is_left_to_the_complete_reader(text: str) -> None:
    """Each has something that only it knows, or that is an error."""
    assert read_plain(text) is NOT_PLAIN


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("--- {}\n", "{}"),
        ("---\na: 1\na: 2\n", '{"a":2}'),
        ("---\na:\n- 1\n-\n", '{"a":[1,null]}'),
        ("---\na:\n-\n- b: 1\n  c:\n- - x\n  - y\n", '{"a":[null,{"b":1,"c":null},["x","y"]]}'),
        ("---\nat: \"a \\U0001F64F\\n\"\nb: 'it''s'\n", '{"at":"a 🙏\\n","b":"it\'s"}'),
        ("---\nz: &1 12\ny: *1\n", '{"z":12,"y":12}'),
    ],
)
def test_plain_lines_have_their_value(text: str, value: str) -> None:
    """Lists as far left as their key, nulls, escapes, repeated keys, aliases of scalars."""
    assert json_text(read_plain(text)) == value
    assert assert_equal(text)
