"""The first reason that applies, in the specification's order (rule: outcome)."""

from dataclasses import replace
from typing import Any

import pytest

from loaders.verify.rederive.outcome import Findings, derived_outcome
from tests.loaders.verify.rederive.audits import audit

WORST = Findings(
    is_erased=True,
    is_mapped=False,
    is_parsed=False,
    has_changes=False,
    has_person=False,
    contact_count=0,
)
STEPS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"created_at_us": None}, "skipped(erased)"),
    ({"is_erased": False}, {"created_at_us": None}, "skipped(unmapped_action_type)"),
    ({"is_mapped": True}, {"created_at_us": None}, "failed(invalid_created_at)"),
    ({}, {}, "failed(unparseable_changes)"),
    ({"is_parsed": True}, {}, "skipped(no_changes)"),
    ({"has_changes": True}, {}, "skipped(no_contact)"),
    ({"has_person": True, "contact_count": 2}, {}, "failed(ambiguous_contact)"),
    ({"contact_count": 0}, {}, "skipped(contact_not_found)"),
    ({"contact_count": 1}, {}, "ready"),
]
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999


@pytest.mark.parametrize("step", range(len(STEPS)), ids=[words for _, _, words in STEPS])
def test_reasons_have_an_order(step: int) -> None:
    """Each is told once those before it do not apply."""
    found = WORST
    for better, _, _ in STEPS[: step + 1]:
        found = replace(found, **better)
    _, said, words = STEPS[step]
    assert derived_outcome(audit(**said), found).words == words


@pytest.mark.parametrize(
    ("said", "is_skipped"),
    [
        ({}, True),
        ({"comment": " \n"}, True),
        ({"comment": "called"}, False),
        ({"action": "create"}, False),
    ],
)
def test_only_a_bare_update_without_a_comment_has_no_changes(
    said: dict[str, Any], is_skipped: bool
) -> None:
    """A comment is worth a log, and a create is an event by itself."""
    found = Findings(
        is_erased=False,
        is_mapped=True,
        is_parsed=True,
        has_changes=False,
        has_person=True,
        contact_count=1,
    )
    assert (derived_outcome(audit(**said), found).reason == "no_changes") is is_skipped


@pytest.mark.parametrize(
    ("time_us", "is_valid"),
    [
        (FIRST_US, True),
        (FIRST_US - 1, False),
        (LAST_US, True),
        (LAST_US + 1, False),
        (2**63 - 1, False),
        (None, False),
    ],
)
def test_a_time_has_a_year_from_1_to_9999(time_us: int | None, is_valid: bool) -> None:
    """MongoDB shows no other."""
    assert (audit(created_at_us=time_us).created_at is not None) is is_valid
