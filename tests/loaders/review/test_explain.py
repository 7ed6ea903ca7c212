"""The words, the masking and the shape of `make explain`."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from ingest.shared.settings import ROOT
from ingest.shared.text import printable
from loaders.documents.document import document
from loaders.review.explain import sentences
from loaders.review.explain.asking import NOT_SHOWN, differences
from loaders.review.explain.explained import Stored, Warehoused
from loaders.review.explain.explaining import presence
from loaders.review.explain.sections import cut, value_text
from loaders.review.explain.sentences import ACTORS, CATEGORY_RULES, PARSERS
from tests.loaders.conftest import Place
from tests.places.warehouses import mart_row

MODELS = ROOT / "dbt_project" / "models"
DENIED = frozenset({"otp_secret", "api_token"})


def accepted(path: str, first: str) -> set[str]:
    """The values that a model's `.yml` accepts, found by the first of them."""
    found = re.search(rf"values: \[({first}[^\]]*)\]", (MODELS / path).read_text())
    assert found is not None
    return set(found[1].replace(" ", "").split(","))


def made(**changes: Any) -> dict[str, Any]:
    """A document as the load makes it."""
    return document(mart_row(1, **changes), "job-1")


def test_every_case_of_an_actor_has_words() -> None:
    """The cases of the mart are those that are put into words."""
    assert accepted("marts/audit_outcomes.yml", "user") == set(ACTORS)


def test_every_rule_and_path_has_words() -> None:
    """The rules of the category and the paths that read changes are put into words."""
    answers = yaml.safe_load((ROOT / "tests" / "dbt" / "rules.yml").read_text())["answers"]
    assert set(answers["category_rule"]) == set(CATEGORY_RULES)
    assert accepted("staging/crm/stg_crm__audit_changes.yml", "yaml") == set(PARSERS)


@pytest.mark.parametrize(
    ("model", "column", "words"),
    [
        ("int_contacts_traced", "link_lookup", {*sentences.LINKS, "taken"}),
        ("int_contacts_traced", "source_id_lookup", sentences.SOURCE_IDS),
        ("int_contacts_traced", "id_map_lookup", sentences.ID_MAPS),
        ("int_actors_resolved", "crm_user_lookup", sentences.CRM_USERS),
        ("int_actors_resolved", "sso_user_lookup", sentences.SSO_USERS),
    ],
)
def test_every_lookup_has_words(model: str, column: str, words: Iterable[str]) -> None:
    """What a hop of the SQL may find is put into words; a link that is taken needs none."""
    text = (MODELS / "intermediate" / f"{model}.sql").read_text()
    case = text[: text.index(f"end as {column}")].rpartition("        case\n")[2]
    assert set(re.findall(r"(?:then|else) '(\w+)'\n", case)) == set(words)


def test_equal_documents_differ_in_nothing() -> None:
    """Whoever wrote it, equal content has no difference."""
    stored = made() | {"_id": 1}
    stored["metadata"] = stored["metadata"] | {"job_id": "another"}
    assert differences(made(), stored, DENIED) == []


def test_a_change_differs_by_itself() -> None:
    """Of several changes only the one that differs is told, by its number and part."""
    two = '[{"field": "a", "from": 1, "to": 2}, {"field": "b", "from": null, "to": "x"}]'
    other = two.replace('"x"', '"y"')
    found = differences(made(changes=two), made(changes=other), DENIED)
    assert [(each.field, each.expected, each.actual) for each in found] == [
        ("changes.2.to", '"x"', '"y"')
    ]


def test_a_hash_that_is_not_its_content_s_differs() -> None:
    """A log whose hash was changed alone is no equal log."""
    stored = made()
    stored["metadata"]["content_hash"] = "0" * 64
    [found] = differences(made(), stored, DENIED)
    assert (found.field, found.actual) == ("metadata.content_hash", "0" * 64)


@pytest.mark.parametrize(
    "rogue",
    [
        {"changes": [{"field": "OTP_secret", "from": "s3cret", "to": "s3cret"}]},
        {"changes": {"otp_secret": "s3cret"}},
        {"changes": "otp_secret: s3cret"},
        {"otp_secret": "s3cret"},
        {"actor": {"api_token": ["s3cret"]}},
        {"metadata": "api_token=s3cret"},
    ],
    ids=["a change", "a map of changes", "a text", "a field", "an inner field", "no map"],
)
def test_denied_values_of_a_rogue_log_are_not_told(rogue: dict[str, Any]) -> None:
    """What somebody else wrote under our key may hold a secret; only that it is there is told."""
    found = differences(made(), made() | rogue, DENIED)
    assert NOT_SHOWN in " ".join(each.actual for each in found)
    assert "s3cret" not in str(found)


def test_a_long_text_is_cut_and_says_so() -> None:
    """Forty lines are shown, then how many more there are; a long line likewise."""
    shown = cut("\n".join(["x" * 500, *(f"line {number}" for number in range(2, 101))]))
    lines = shown.splitlines()
    assert len(lines) == 41
    assert lines[0].endswith("... 100 more characters")
    assert lines[-1] == "... 60 more lines"


def test_a_terminal_is_told_nothing() -> None:
    """Control characters of the data are shown, not obeyed."""
    assert printable("a\x1b[2Jb\u202e\tü\n") == "a\\x1b[2Jb\\u202e\\tü\n"
    assert printable(cut("a\u2028b\r\nc\n")) == "a\\u2028b\\r\nc"


def test_a_text_and_a_number_differ() -> None:
    """Values keep their type: a text has quotes, null is nothing."""
    assert [value_text(value) for value in (12, "12", None, True)] == [
        "12",
        '"12"',
        "nothing",
        "true",
    ]


def test_a_log_without_a_rule_for_it_is_extra() -> None:
    """What MongoDB has, and neither the rules nor the warehouse, should not be there."""
    known: Warehoused | None = None
    assert presence(known, Stored(is_found=True)) == "extra"
    assert presence(known, Stored(is_found=True, is_ours=True)) == "kept"


def test_a_warehouse_of_older_models_is_told_what_to_run(place: Place) -> None:
    """A model that this command needs and the last transform did not make: one line, exit 1."""
    place.fill([mart_row(1)])
    done = place.run("explain", "--audit", "1")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "run `make migrate` again" in done.stderr


def test_an_account_without_a_warehouse_is_told_what_to_run(place: Place) -> None:
    """One line, exit 1."""
    done = place.run("explain", "--audit", "1")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "run `make ingest` and `make transform`" in done.stderr
