"""A detail in the report or a log never carries text of the CRM."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.audited_yaml.parser import parse

PRIVATE = "qzxwvk"
"""Letters in an order that no message of the parser has."""

DOCUMENTS = (
    f"---\nname: {PRIVATE}\nphone:\n- {PRIVATE}\n- '{PRIVATE}'\n",
    f'---\n{PRIVATE}: "{PRIVATE}"\na: &x {PRIVATE}\nb: *x\nc: !ruby/object:Foo\n  {PRIVATE}: |\n    {PRIVATE}\n',
    f'{{"{PRIVATE}": "{PRIVATE}", "b": ["{PRIVATE}", 1]}}',
    f"%TAG ! {PRIVATE}\n%{PRIVATE} 1\n---\na: !{PRIVATE}!b {PRIVATE}\n",
    f"%YAML 3.{PRIVATE}\n--- !{PRIVATE} *{PRIVATE}\n",
    f"a: &{PRIVATE} [*{PRIVATE}]\n",
)
INSERTED = st.one_of(
    st.sampled_from(
        [
            *"{}[]\"'&*!|>%@`:,-#?\\\t\n\x00\x01 \ud800",
            PRIVATE,
            "<<: *",
            "\\x",
            "\\u",
            "!<",
            "%TAG !e! ",
        ]
    ),
    st.text(alphabet="é\u2028\ufeff\U0001f600", max_size=2),
)
BREAKS = st.lists(st.tuples(st.integers(0, 100), INSERTED), min_size=1, max_size=4)
ALLOWED = re.compile(r"[ -?A-~]{1,200}")
"""As the data test on `reason_detail` has it: ASCII without `@`."""


@settings(max_examples=500, deadline=None)
@given(document=st.sampled_from(DOCUMENTS), breaks=BREAKS)
def test_a_parsers_message_never_quotes_the_document(
    document: str, breaks: list[tuple[int, str]]
) -> None:
    """However a document is broken, its message is the parser's own words and positions."""
    for place, text in breaks:
        document = document[:place] + text + document[place:]
    message = parse(document).error
    if message is not None:
        assert PRIVATE not in message
        assert ALLOWED.fullmatch(message)


def test_a_message_tells_where_the_document_is_broken() -> None:
    """The other side of silence: the line and the column are told."""
    assert parse(f"a: '{PRIVATE}").error == (
        "while scanning a quoted scalar at line 1, column 4 "
        "found unexpected end of stream at line 1, column 11"
    )
