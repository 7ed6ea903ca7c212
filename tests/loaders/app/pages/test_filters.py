"""How the pages write what they show."""

from loaders.app.pages.filters import why
from loaders.app.pages.rendering import TEMPLATES


def test_a_reason_on_the_page_says_why() -> None:
    """The words are those of the report; a reason of another version has none, and is no error."""
    assert why("no_contact").startswith("They name no person")
    assert why("never_heard_of") == ""
    assert 'title="{{ reason | why }}"' in (TEMPLATES / "parts.html.j2").read_text()
