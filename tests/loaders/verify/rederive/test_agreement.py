"""SQL and Python, written apart from each other, make the same of every audit."""

from collections import Counter

from loaders.documents.document import field_differences
from loaders.transform.warehouse import Warehouse
from loaders.verify.rederive.derivation import Derived, derived
from loaders.verify.rederive.gathering import known_of
from loaders.verify.rederive.landed import Landed
from loaders.verify.rederive.rules import Rules
from tests.loaders.verify.rederive.invented import ACCOUNT
from tests.places.mart_documents import mart_documents


def derived_all(warehouse: Warehouse, rules: Rules) -> dict[int, Derived]:
    """What Python makes of every staged audit."""
    landed = Landed(warehouse)
    ids = [row["id"] for row in warehouse.rows("select id from raw_crm.audits")]
    audits = list(landed.audits(ids).values())
    known = known_of(landed, landed, landed, audits, rules)
    return {each.id: derived(each, rules, known, ACCOUNT.company_sso_id) for each in audits}


def test_both_give_every_invented_audit_the_same_outcome(
    transformed: Warehouse, rules: Rules
) -> None:
    """Outcome and reason are the same, and every reason of the transform occurs."""
    found = {id_: each.outcome.words for id_, each in derived_all(transformed, rules).items()}
    rows = transformed.rows(
        "select audit_id, outcome || coalesce('(' || reason || ')', '') as words "
        "from marts.audit_outcomes"
    )
    different = [
        (row, found[row["audit_id"]]) for row in rows if row["words"] != found[row["audit_id"]]
    ]
    assert different[:5] == []
    assert min(Counter(found.values()).values()) > 5
    assert len(set(found.values())) == 9


def test_both_make_the_same_document_of_every_invented_audit(
    transformed: Warehouse, rules: Rules
) -> None:
    """Every field is the same but `metadata.parser`, which Python does not have."""
    found = derived_all(transformed, rules)
    made = mart_documents(transformed)
    different = [
        (id_, differences)
        for id_, each in made.items()
        if (differences := field_differences(each, found[id_].document or {}))
        and {name for name, _, _ in differences} != {"metadata.parser"}
    ]
    assert different[:5] == []
    assert len(made) > 500
