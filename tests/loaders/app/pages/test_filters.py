"""How the pages write what they show."""

import socket

from loaders.app.pages.change_list import changes_html
from loaders.app.pages.filters import FILTERS, short, why
from loaders.app.pages.rendering import TEMPLATES
from loaders.jobs.lease import own_name


def test_a_reason_on_the_page_says_why() -> None:
    """The words are those of the report; a reason of another version has none, and is no error."""
    assert why("no_contact").startswith("They name no person")
    assert why("never_heard_of") == ""
    assert 'title="{{ reason | why }}"' in (TEMPLATES / "parts.html.j2").read_text()


def test_a_value_neither_rules_a_terminal_nor_turns_the_page_around() -> None:
    """Control characters and turns of direction go; lines, tabs and all letters stay."""
    assert (
        short("a\x1b[31m\u202eexe.gpj\0\nb\tÆ 東京 🙂\u200d") == "a[31mexe.gpj\nb\tÆ 東京 🙂\u200d"
    )
    assert "\u202e" not in changes_html([{"field": "\u202ex", "from": "\u202e", "to": 1}])


def test_who_ran_it_is_a_person_or_a_machine() -> None:
    """Nobody reads the number of a process."""
    assert FILTERS["who"](own_name()) == f"worker on {socket.gethostname()}"
    assert FILTERS["who"]("anna") == "anna"
    assert FILTERS["who"]("batch: nightly") == "batch: nightly"
