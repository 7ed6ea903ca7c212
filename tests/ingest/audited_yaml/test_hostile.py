"""Any text whatever gives a value or a named error, at once."""

import json
import time
import tracemalloc
from itertools import pairwise
from string import ascii_lowercase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.audited_yaml import parse

SECONDS = 10
FRAGMENTS = [
    "---", "\n", " ", "  ", "- ", ": ", "? ", "a", "&a ", "*a", "<<", "{", "}", "[", "]", ",", "'", '"', "|", ">",
    "|-\n", "!", "!!str ", "!binary ", "!ruby/range ", "!ruby/object:Set", "!ruby/object:BigDecimal ", "hash", "\\",
    "!ruby/object:ActiveSupport::Duration ", "parts", "!ruby/object:IPAddr ", "addr", "9", "0x", "1:30", "_", ".", "e+",
    "!ruby/object:Complex ", "!ruby/object:URI::HTTP ", "scheme", "!ruby/array:X ", "!ruby/exception:X ", "!omap ",
    ":", "2021-01-01", " 10:00:00", "Z", "+07:00", "-", "\t", "\0", "\u2028", "\ud800", "%", "#", "...", "~",
]  # fmt: skip

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in pairwise(ascii_lowercase)
)

ERRORS = {
    "deep lists": ("[" * 100_000, "deeper than 200"),
    "deep maps": ("{a: " * 100_000, "deeper than 200"),
    "deep blocks": ("- " * 100_000, "deeper than 200"),
    "deep JSON": ("[" * 100_000 + "]" * 100_000, "deeper than 200"),
    "deep through aliases": (
        "- &a0 []\n" + "".join(f"- &a{n} {'[' * 190}*a{n - 1}{']' * 190}\n" for n in range(1, 100)),
        "deeper than 200",
    ),
    "alias bomb": (BOMB, "beyond its bound"),
    "alias bomb of one string": (
        f"- &a {'x' * 100_000}\n" + "- *a\n" * 1_000,
        "beyond its bound",
    ),
    "alias bomb in keys": (BOMB.replace("[", "{? [").replace("]", "] : 1}"), "beyond its bound"),
    "alias bomb around a cycle": (f"&top\n{BOMB}self: *top\n", "beyond its bound"),
    "unknown alias": ("*a", "an alias is unknown"),
    "NUL": ("a: b\0", "control characters"),
    "half a surrogate": ("a: \ud800", "surrogate"),
    "half a surrogate in JSON": ('{"a": "\\ud800"}', "Unicode character escape"),
    "unclosed list": ("a: [1", "did not find expected"),
    "unclosed quotes": ("a: 'x", "unexpected end of stream"),
    "tab as indentation": ("a:\n\tb: 1", "cannot start any token"),
}

LARGE = {
    "many fields": "".join(f"k{n}: value {n}\n" for n in range(450_000)),
    "a long block": "--- |\n" + "  line\n" * 1_400_000,
    "long quotes": '--- "' + "a\\n" * 3_000_000 + '"',
    "a long plain scalar": "--- " + "word " * 2_000_000,
    "a long BigDecimal": f"--- !ruby/object:BigDecimal 18:{'1' * 6_000_000}x",
    "long JSON": json.dumps({f"k{n}": n for n in range(600_000)}),
    "many anchors": "".join(f"- &a{n} x\n- *a{n}\n" for n in range(100_000)),
    "a long integer": "9" * 1_000_000,
    "a long number in base 60": "9" * 1_000_000 + ":30",
}


@pytest.mark.parametrize(("text", "problem"), ERRORS.values(), ids=ERRORS)
def test_a_hostile_text_is_a_named_error(text: str, problem: str) -> None:
    """The error is one line in the parser's words, and it comes before any work is done."""
    started = time.monotonic()
    parsed = parse(text)
    assert time.monotonic() - started < SECONDS
    assert parsed.value_json is None
    assert problem in (parsed.error or "")
    assert "\n" not in (parsed.error or "")


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_large_document_takes_linear_time(text: str) -> None:
    """Ten megabytes are read in seconds."""
    started = time.monotonic()
    parsed = parse(text)
    assert parsed.error is None
    assert parsed.value_json
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize(
    ("text", "value_json"),
    [
        pytest.param("9" * 5_000, "9" * 5_000, id="integer beyond Python's own limit"),
        pytest.param("-" + "9" * 5_000, "-" + "9" * 5_000, id="negative"),
        pytest.param(f'[{"9" * 5_000}]', f'[{"9" * 5_000}]', id="in JSON"),
        pytest.param("0x" + "f" * 4_000, f'"0x{"f" * 4_000}"', id="hexadecimal, too long to write"),
        pytest.param("0x" + "f" * 3_000, str(int("f" * 3_000, 16)), id="hexadecimal"),
        pytest.param("!ruby/object:BigDecimal 1:0.1e999999999", '"0.1e999999999"', id="BigDecimal"),
    ],
)  # fmt: skip
def test_a_huge_number_keeps_its_digits(text: str, value_json: str) -> None:
    """Digits are not computed with, so their number does not matter."""
    assert parse(text).value_json == value_json


@settings(max_examples=300, deadline=None)
@given(st.text() | st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_no_text_crashes_the_parser(text: str) -> None:
    """A value is JSON and UTF-8; else there is an error, or nothing was said."""
    parsed = parse(text)
    assert parsed.parser in {"yaml", "json", "none"}
    if parsed.value_json is not None:
        assert parsed.error is None
        json.loads(parsed.value_json)
        parsed.value_json.encode()


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda each: st.lists(each) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), each),
        max_leaves=10,
    ).filter(lambda value: isinstance(value, (list, dict)))
)  # fmt: skip
def test_json_comes_back_as_it_was(value: object) -> None:
    """Reading JSON changes nothing but spaces."""
    assert json.loads(parse(json.dumps(value)).value_json or "") == value


def test_a_bomb_beside_a_long_text_stays_bounded() -> None:
    """What a long text allows its aliases never reaches ten times the longest document there is."""
    text = f"- &a {'x' * 4_000_000}\n" + "- *a\n" * 9
    tracemalloc.start()
    try:
        assert "beyond its bound" in (parse(text).error or "")
        assert tracemalloc.get_traced_memory()[1] < 8 * len(text)
    finally:
        tracemalloc.stop()
