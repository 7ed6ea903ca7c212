"""What SQL reads by itself, it reads as the complete parser does (spec §8.1)."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.audited_yaml import parse
from ingest.audited_yaml.two_paths import TwoPaths

Plain = Callable[[list[str]], list[str | None]]

GOLDEN = Path(__file__).parents[1] / "golden"
GOAL = 0.60
PLAIN_LINE = re.compile(
    r"---|[a-z_]+:( [^!&*|>{\[\"'].*| \[\]| \{\}|)|(  )?-( -)?( [^!&*|>{\[\"'].*|)"
)

KEYS = ["name", "crm_stage_id", "tags", "a", "_", "on", "no", "y", "null", "k" * 63, "k" * 64, "n1"]
SCALARS = [
    "", "Ayu", "Ромашка", "東京", "a: b", "a:b", "a :b", "a #b", "a#b", "#", "x y  z", "Ayu ", "o'clock", "true",
    "false", "True", "TRUE", "yes", "No", "on", "off", "null", "Null", "~", "y", "n", "ye", "nullable", "- a", "-",
    "0", "-0", "1", "-5", "007", "0o17", "1_000", "1e3", "12345678901234567890", "1.5", "1.50", "-0.0", "0.00001",
    "0.1", "1.0e-07", ".5", "5.", "1:30", "2021-01-01", "2021-02-29", "2021-02-30", "2021-1-1", "0000-01-01",
    "2021-05-05 03:30:15.250000000 Z", "2021-05-05 24:00:00.000000000 Z", "2021-05-05 03:30:15 Z", "[]", "{}", "[a]",
    "{a: b}", "'no'", "''", "'it''s'", "'a\\b'", "'a\"b'", "'true'", '""', '"true"', '"a\\nb"', '"\\U0001F600"', '"\\x41"',
    '"\\/"', '"a"', '"\\""', ":sym", ":Sym", ":'quoted'", ":", ": a", "!ruby/object:BigDecimal 18:0.123456e4",
    "!ruby/object:BigDecimal 18:0.1e-1", "!ruby/object:BigDecimal 27:-0.5e0", "!ruby/object:BigDecimal 18:0.0",
    "!ruby/object:BigDecimal 18:-0.0", "!ruby/object:BigDecimal 9:0.1e9", "!ruby/object:BigDecimal 18:0.12e-3",
    "!ruby/object:BigDecimal 18:0.12e-9", "!ruby/object:BigDecimal 18:0.10e1", "!ruby/object:BigDecimal 18:NaN",
    "a !ruby/object:BigDecimal 18:0.1e1", "!ruby/symbol a", "&1 a", "*1", "| ", "|-", ">", "%PDF", "@a", "`a",
    "\u00a0", "\u00e9", "\u2028", "\u0085", "\ufeff", "a\u2028b", "a\ufeffb", "a\tb", "\x01,\"x\"", "a\x02b", "\U0001F600",
    "?", "? a", "=", "<<", ", a", "a, b", "a]", "a}", "a{", "x" * 2000, "e\u0301", "\u0661", "\uff41", "\ufb00", "\u017f", "no\u017f",
]  # fmt: skip
TIME = "2018-01-02 03:04:05.123456789 Z"
ZONE = "!ruby/object:ActiveSupport::TimeZone"


def zoned(utc: str, zone: str, name: str, time: str, indent: str) -> str:
    """Five lines of a time with a zone, as Psych writes them or nearly so."""
    head = f"!ruby/object:ActiveSupport::TimeWithZone\n{indent}utc: {utc}\n{indent}zone: {zone}\n"
    return head + (f"{indent}  name: {name}\n" if ZONE in zone else "") + f"{indent}time: {time}"


ZONED = st.builds(
    zoned,
    st.sampled_from([TIME, f"&1 {TIME}", f"&2 {TIME}", "2018-13-02 03:04:05.123456789 Z", "*1"]),
    st.sampled_from([ZONE, f"&1 {ZONE}", f"&2 {ZONE}", "*1", "*2"]),
    st.sampled_from(["Asia/Jakarta", "Etc/UTC", "GMT+7", "No", "1"]),
    st.sampled_from([TIME, "*1", "*2", "x"]),
    st.sampled_from(["  ", "  ", "  ", "    "]),
)
SCALAR = st.sampled_from(SCALARS) | ZONED | st.text(max_size=8)
KEY = st.sampled_from(KEYS)
LINE = st.tuples(
    st.sampled_from(["- ", "- ", "- - ", "  - ", "-", "  "])
    | KEY.map("{}: ".format)
    | KEY.map("{}:".format)
    | KEY.map("  {}: ".format)
    | KEY.map("- {}: ".format),
    SCALAR,
).map("".join)
MEMBERS = st.lists(
    st.tuples(KEY, st.sampled_from([": ", ": ", ": ", ":"]), SCALAR).map("".join),
    min_size=1,
    max_size=4,
)
MAP = MEMBERS.map(lambda members: "".join(f"\n  {member}" for member in members))
MAPS = st.lists(MEMBERS.map("\n  ".join).map("\n- {}".format) | st.just("\n-"), max_size=3).map(
    "".join
)
ENTRY = st.one_of(
    st.tuples(st.sampled_from(KEYS), SCALAR).map(": ".join),
    st.tuples(st.sampled_from(KEYS), st.lists(SCALAR.map("- {}".format), max_size=3)).map(
        lambda entry: "\n".join([f"{entry[0]}:", *entry[1]])
    ),
    st.tuples(KEY, st.just(":"), MAP | MAPS).map("".join),
    LINE,
)
HEAD = st.sampled_from(
    ["---", "---", "---", "--- !ruby/hash:ActiveSupport::HashWithIndifferentAccess", "--- {}", ""]
)
YAML = st.tuples(HEAD, st.lists(ENTRY, min_size=1, max_size=4)).map(
    lambda parts: "\n".join([parts[0], *parts[1]]) + "\n"
)
JSON_SCALAR = st.sampled_from(
    ['"a"', '"\\n"', '"\\u00e9"', '"é"', "1", "-0", "1.5", "1.50", "1e3", "12345678901234567890", "null", "true", "NaN",
     "", "{}", "[]", "[1, 2]", "[1,]", "[[1,2],[3]]", '{"a": 1}', "'a'", '"a\\/b"', '"\x01"', "01", "+1"]
)  # fmt: skip
JSON = st.lists(
    st.tuples(st.sampled_from(['"a"', '"b"', "a", '""', '"a\\"b"']), JSON_SCALAR).map(": ".join)
).map(lambda members: "{" + ", ".join(members) + "}")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    """Gives what SQL reads of texts, and None for what it leaves to the parser."""
    paths = TwoPaths(tmp_path_factory.mktemp("two_paths"))
    paths.build()
    with duckdb.connect(paths.warehouse) as connection:

        def read(texts: list[str]) -> list[str | None]:
            ids = range(len(texts))
            rows = pa.table({"id": ids, "audited_changes": pa.array(texts, pa.string())})
            connection.execute("delete from raw_crm.audits")
            connection.register("batch", rows)
            connection.execute("insert into raw_crm.audits by name from batch")
            found = connection.sql(
                "select plain_document::varchar from intermediate.int_audits_plain order by audit_id"
            ).fetchall()
            return [row[0] for row in found]

        yield read


@cache
def golden_texts(column_type: str = "text") -> list[str]:
    """The changes of the golden rows of a column type."""
    with gzip.open(GOLDEN / f"audits_{column_type}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["audited_changes"] for line in lines]


def same(plain_document: str, text: str) -> bool:
    """Whether the parser reads the same, types and order of keys included."""
    parsed = parse(text)
    if parsed.value_json is None or parsed.error is not None:
        return False
    return members(plain_document) == members(parsed.value_json)


def members(document: str) -> str:
    """A document of which no object is a set: the order of its keys, and a repeated one, show."""
    return json.dumps(json.loads(document, object_pairs_hook=lambda pairs: ["object", *pairs]))


def is_encodable(text: str) -> bool:
    """Whether PostgreSQL could hold the text at all."""
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


@pytest.mark.parametrize("column_type", ["text", "json", "jsonb"])
def test_every_admitted_golden_row_is_read_as_ruby_reads_it(
    plain: Plain, notes: dict[str, list[str]], column_type: str
) -> None:
    """No golden row that the gate admits is wrong, and most plain ones are admitted."""
    texts = golden_texts(column_type)
    read = dict(zip(texts, plain(texts), strict=True))
    wrong = [text for text, document in read.items() if document and not same(document, text)]
    plainly = [text for text in texts if is_plainly_written(text)]
    share = sum(read[text] is not None for text in plainly) / len(plainly)
    admitted = sum(read[text] is not None for text in texts)
    notes.setdefault("golden rows read in SQL", []).append(
        f"{column_type}: {admitted:,} of {len(texts):,}, {share:.1%} of the {len(plainly):,} plain ones"
    )
    assert wrong == []
    assert share >= GOAL


def is_plainly_written(text: str) -> bool:
    """Whether a document is flat, of plain scalars only, judged without the gate."""
    if text.startswith("{"):
        return not any(isinstance(value, dict) and value for value in json.loads(text).values())
    return all(map(PLAIN_LINE.fullmatch, text.splitlines()))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(YAML | JSON, min_size=1, max_size=60))
@example(["---\na: 1\na: 2\n", '{"a":1,"a":2}', "---\ncreated_at: 2021-02-29\n"])
@example(
    [
        f"---\na: {zoned(TIME, '*1', '', TIME, '  ')}\nb: {zoned(TIME, f'&1 {ZONE}', 'UTC', TIME, '  ')}\n"
    ]
)
@example(
    [
        f"---\na: {zoned(f'&2 {TIME}', f'&1 {ZONE}', 'UTC', '*2', '  ')}\nb: {zoned(TIME, '*1', '', TIME, '  ')}\n"
    ]
)
@example([f"---\n{'k' * 63}: {scalar}\n" for scalar in SCALARS if is_encodable(scalar)])
@example([f"---\na:\n  k: {scalar}\n  null:\n" for scalar in SCALARS if is_encodable(scalar)])
@example([f"---\na:\n  b: {scalar}\n  c:\n" for scalar in SCALARS if is_encodable(scalar)])
@example([f"---\na:\n- b: {scalar}\n  c:\n" for scalar in SCALARS if is_encodable(scalar)])
@example([f"---\na:\n- b:\n  c: {scalar}\n" for scalar in SCALARS if is_encodable(scalar)])
@example(
    ["---\na:\n  b: 1\n  b: 2\n", "---\na:\n- b: 1\n  b: 2\n", '---\na:\n  b: "{c: \\U0001F600"\n']
)
@example(
    ['---\na: "\\\\U0001F600"\n', '---\na: "null"\nb:\n', '---\na: "x, b: \\U0001F600U0001F600"\n']
)
def test_both_paths_agree_wherever_the_gate_admits(plain: Plain, texts: list[str]) -> None:
    """Documents of every plain shape, and of nearly plain ones, are right or left to the parser."""
    texts = [text for text in texts if is_encodable(text)]
    for text, document in zip(texts, plain(texts), strict=True):
        assert document is None or same(document, text), (text, document, parse(text))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_slightly_changed_golden_row_is_right_or_left_alone(
    plain: Plain, data: st.DataObject
) -> None:
    """One character more or less turns a plain document into another thing, or the gate shuts."""
    texts = data.draw(st.lists(st.sampled_from(golden_texts()), min_size=1, max_size=40))
    changed = []
    for text in texts:
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 2))
        inserted = data.draw(
            st.sampled_from(["", "\n", " ", ":", "-", "'", '"', "#", "&", "*", "0", "no", "\\"])
        )
        changed.append(text[:place] + inserted + text[place + length :])
    for text, document in zip(changed, plain(changed), strict=True):
        assert document is None or same(document, text), (text, document, parse(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("---\nbody: " + "x" * 10_000_000 + "\n", id="one long word"),
        pytest.param("---\ntags:\n" + "- a\n" * 2_000_000, id="many items"),
        pytest.param("---\n" + "".join(f"k{n}: {n}\n" for n in range(300_000)), id="many keys"),
        pytest.param("---\na: " + "!ruby/object:BigDecimal 18:0.1e1" * 300_000 + "\n", id="many tags"),
        pytest.param('{"a": "' + "é" * 5_000_000 + '"}', id="long JSON"),
    ],
)  # fmt: skip
def test_ten_megabytes_are_read_or_left_to_the_parser(plain: Plain, text: str) -> None:
    """The patterns are linear: a huge document is one more document."""
    (document,) = plain([text])
    assert document is None or same(document, text)
