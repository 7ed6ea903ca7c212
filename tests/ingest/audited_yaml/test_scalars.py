"""Plain scalars follow Psych's rules, not YAML 1.2's and not PyYAML's (rule: audit texts)."""

import json

import pytest

from ingest.audited_yaml import parse

STRINGS = [
    "1e3", "1E3", "12e03", "1.5e3", "0o17", "0xZZ", "08", "123_", "1__2", "1.5_0", "685.230_15e+03",
    "12:34:56:07", "10:20:30:40:50.5", "2020-02-31", "2021-06-31", "0000-00-00", "2020-13-45",
    "2020-01-01 25:61:00", "0000-00-00 00:00:00", "2021-02-29", "20210-03-05",
    "12021-01-01 00:00:00.000000000 Z", "2021-01-01 00:00:00 +25:00", "2021-01-01T00:00Z",
    "y", "n", "Y", "N", "None", "nil", "nulls", "+", "-x", ".", "+.", "1.2.3", "0x_", "0b_",
    ".infx", "+.nan", "1,2_", "_1", "٣", "1:60", "-2021-01-01",
]  # fmt: skip

VALUES = {
    "yes": True, "Yes": True, "ON": True, "true": True, "no": False, "Off": False, "FALSE": False,
    "~": None, "null": None, "NULL": None, "nUlL": None,
    "0": 0, "-0": 0, "+1": 1, "1_000": 1000, "1,000": 1000, "-1_0": -10, "0777": 511, "0_7": 7, "00": 0,
    "0x1F": 31, "-0x1f": -31, "0b101": 5, "0b1_1": 3, "18446744073709551616": 2**64,
    "-1180591620717411303424": -(2**70), "1:30": 5400, "1:30:45": 5445, "-1:30": -1800,
    "190:20:30.15": 685230.15, "1:30.5": 5430.0,
    "1.5": 1.5, ".5": 0.5, "-.5": -0.5, "1.": 1.0, "1_000.5": 1000.5, "1,000.5": 1000.5, "1.0e+20": 1e20,
    "1.0e-07": 1e-07, "1.e+3": 1000.0, "5.0e-324": 5e-324, "-0.0": -0.0,
    ".inf": "Infinity", "+.inf": "Infinity", "-.INF": "-Infinity", ".NaN": "NaN", "1.0e+400": "Infinity",
    "2021-05-05": "2021-05-05", "2021-5-5": "2021-05-05", "2020-02-29": "2020-02-29",
    "0001-01-01": "0001-01-01",
    ":weekly": "weekly", "::x": ":x", ":1": "1", ":'a b'": "a b", ':"a"': "a", ":null": "null",
}  # fmt: skip

TIMES = {
    "2021-05-05 03:30:15.123456789 Z": "2021-05-05T03:30:15.123456789Z",
    "2021-05-05 03:30:15 Z": "2021-05-05T03:30:15.000000000Z",
    "2021-05-05T03:30:15Z": "2021-05-05T03:30:15.000000000Z",
    "2021-5-5  3:30:15.5": "2021-05-05T03:30:15.500000000Z",
    "2021-05-05 03:30:15.1234567899 Z": "2021-05-05T03:30:15.123456789Z",
    "2021-05-05 10:30:15.25 +07:00": "2021-05-05T03:30:15.250000000Z",
    "2021-05-05 10:30:15.25 +0700": "2021-05-05T03:30:15.250000000Z",
    "2021-05-05 10:30:15 -5": "2021-05-05T15:30:15.000000000Z",
    "2021-01-01 01:00:00.000000001 +07:00": "2020-12-31T18:00:00.000000001Z",
    "2020-02-28 23:00:00 -05:30": "2020-02-29T04:30:00.000000000Z",
    "2021-12-31 24:00:00 Z": "2022-01-01T00:00:00.000000000Z",
    "2016-12-31 23:59:60 Z": "2017-01-01T00:00:00.000000000Z",
    "2021-02-31 10:00:00 Z": "2021-03-03T10:00:00.000000000Z",
    "2021-05-05 00:00:00 -00:30": "2021-05-04T23:30:00.000000000Z",
    "0021-01-01 00:00:00.000000000 Z": "0021-01-01T00:00:00.000000000Z",
    "0000-01-01 00:00:00 +01:00": "-0001-12-31T23:00:00.000000000Z",
    "9999-12-31 23:59:59.999999999 Z": "9999-12-31T23:59:59.999999999Z",
    "-0044-03-15 12:00:00 Z": "-0044-03-15T12:00:00.000000000Z",
}


def read(text: str) -> object:
    """Give what a YAML document says."""
    parsed = parse(text)
    assert parsed.error is None
    return json.loads(parsed.value_json or "null")


@pytest.mark.parametrize("text", STRINGS)
def test_a_look_alike_is_a_string(text: str) -> None:
    """What Psych leaves plain comes back letter by letter."""
    assert read(f"--- {text}\n") == text


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_a_typed_scalar_has_its_value(text: str, value: object) -> None:
    """Numbers, words, dates and symbols are read as Ruby 3.1 reads them; true is not 1."""
    found = read(f"--- {text}\n")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "moment"), TIMES.items(), ids=TIMES)
def test_a_time_is_utc_with_nine_digits(text: str, moment: str) -> None:
    """Nanoseconds stay, offsets are applied, and days roll over as in ``Time.utc``."""
    assert read(f"--- {text}\n") == moment


@pytest.mark.parametrize("text", [*STRINGS[:10], *VALUES, *TIMES])
def test_a_quoted_scalar_is_a_string(text: str) -> None:
    """``'no'`` and ``'1:30'`` in quotes are what they say, in both kinds of quotes."""
    single = text.replace("'", "''")
    assert read(f"- '{single}'\n- {json.dumps(text)}\n") == [text, text]


def test_a_word_is_looked_for_line_by_line() -> None:
    """Ruby's ``^`` and ``$`` match at line ends, so a short folded scalar can be a word."""
    assert read("- no\n\n  on\n- no\n\n  x\n- 1\n\n  2\n") == [True, "no\nx", "1\n2"]
