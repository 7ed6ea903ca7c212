"""A terminal shows which node of how many dbt is at."""

import pytest

from loaders.transform.nodes import node_words

LINES = {
    "a model": (
        "12:00:00  425 of 460 START sql view model reconciliation.drift ........ [RUN]",
        "425 of 460 nodes, reconciliation.drift, about 1 s left",
    ),
    "a unit test": (
        "12:00:00  1 of 3 START unit_test drift::a_document_counts_once  [RUN]",
        "1 of 3 nodes, drift::a_document_counts_once, about 20 s left",
    ),
    "an end": ("12:00:00  1 of 3 PASS drift::a_document_counts_once ... [PASS in 0.90s]", ""),
}


@pytest.mark.parametrize(("line", "words"), LINES.values(), ids=LINES.keys())
def test_the_line_of_a_node_that_begins_is_told(line: str, words: str) -> None:
    """Number, count, name, and what is left at the rate so far."""
    assert node_words(line, 10.0) == words
