"""A contact's logs come in pages that are small whatever the logs hold (rule: http)."""

import re
from datetime import datetime, timedelta
from typing import Any

import bson
import httpx
import pytest
from bson import Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp
from bson.raw_bson import RawBSONDocument

from loaders.app import timeline
from tests.loaders.app.conftest import Service
from tests.loaders.app.documents import native_log

LOGS, PAGE = "/iag/v1/activity_logs", "/contacts/customer-1"
MOST = 500_000
START = datetime(2024, 1, 1)


def put(service: Service, *logs: dict[str, Any]) -> list[str]:
    """Insert logs of the contact; return their ids."""
    made = [native_log("company-a", "customer-1", **log) for log in logs]
    return [str(id_) for id_ in service.database.activity_logs.insert_many(made).inserted_ids]


def pages(person: httpx.Client, **parameters: Any) -> list[list[dict[str, Any]]]:
    """Read every page."""
    found = []
    wanted = {"customer_id": "customer-1"} | parameters
    while True:
        answer = person.get(LOGS, params=wanted)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) <= MOST
        found.append(answer.json()["activity_logs"])
        if "next_after_id" not in answer.json():
            return found
        wanted["after_id"] = answer.json()["next_after_id"]


def test_pages_give_every_log_once_newest_first(service: Service) -> None:
    """Logs of the same moment, and those without a time, which come last, included."""
    moments: list[Any] = [START + timedelta(hours=number // 7) for number in range(40)]
    moments += [None, "2024-01-01", 5, {"at": START}, [START]]
    ids = put(service, *({"created_at": moment} for moment in moments))
    with service.as_person() as person:
        paged = pages(person, limit=6)
        [whole] = pages(person)
    listed = [log["id"] for page in paged for log in page]
    assert [len(page) for page in paged] == [6] * 7 + [3]
    assert listed == [log["id"] for log in whole]
    assert sorted(listed) == sorted(ids)
    times = [log["created_at"] for log in whole[:40]]
    assert times == sorted(times, reverse=True)


def test_keys_are_read_in_portions(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small: more of one moment than a portion holds, and the end, are no obstacle."""
    monkeypatch.setattr(timeline, "KEYS_A_TIME", 3)
    moments: list[Any] = [START + timedelta(hours=number // 5) for number in range(23)]
    twice = [moments[7], moments[14]]
    ids = put(service, *({"created_at": moment} for moment in [*moments, None, "then", 7, twice]))
    with service.as_person() as person:
        paged = pages(person, limit=4)
        [whole] = pages(person)
    assert [log["id"] for page in paged for log in page] == [log["id"] for log in whole]
    assert sorted(log["id"] for log in whole) == sorted(ids)


def test_ids_of_every_usual_kind_can_be_the_last(service: Service) -> None:
    """Object ids, texts (an operator is text), and numbers."""
    put(service, *({"_id": id_} for id_ in ("$a", "b", 7, 8, ObjectId("6" * 24), "9")))
    with service.as_person() as person:
        paged = pages(person, limit=1)
    assert {page[0]["id"] for page in paged} == {"$a", "b", "7", "8", "6" * 24, "9"}


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=many"])
def test_a_page_that_cannot_be_is_refused(service: Service, query: str) -> None:
    """400, and the parameter is named."""
    with service.as_person() as person:
        answer = person.get(f"{LOGS}?customer_id=customer-1&{query}")
    assert (answer.status_code, answer.json()["error"]["path"]) == (400, query.split("=")[0])


def test_a_log_of_another_contact_is_none_of_this_one_s(service: Service) -> None:
    """404: no page is after it."""
    service.database.activity_logs.insert_one(native_log("company-a", "customer-2", _id="nobody"))
    with service.as_person() as person:
        answer = person.get(f"{LOGS}?customer_id=customer-1&after_id=nobody")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "UNKNOWN_LOG")


def test_large_logs_make_small_answers(service: Service) -> None:
    """Page and JSON stay below half a megabyte each; the JSON of usual logs is whole."""
    text = "<&\u00e9" * 10_000
    ids = put(service, *({"changes": [{"field": "body", "to": text}]} for _ in range(100)))
    with service.as_person() as person:
        paged = pages(person)
        page = person.get(PAGE)
    assert sorted(log["id"] for part in paged for log in part) == sorted(ids)
    assert all(log["changes"][0]["to"] == text for part in paged for log in part)
    assert len(page.content) <= MOST
    assert "Older activities" in page.text


LARGE: dict[str, dict[str, Any]] = {
    "a text of megabytes": {"changes": [{"field": "body", "to": "\u00e9" * 7_000_000}]},
    "a text of 100 KB": {"changes": [{"field": "body", "to": "&" * 100_000}]},
    "a list of megabytes": {"changes": [{"field": "body", "to": ["x" * 99] * 100_000}]},
    "a thousand fields": {"changes": [{"field": f"f{n}", "to": "'" * 999} for n in range(1_000)]},
    "a name of a field": {"changes": [{"field": "f" * 3_000_000, "to": 1}]},
    "an actor": {"actor": {"type": "user", "name": "n" * 3_000_000}},
    "a category": {"category": "<" * 3_000_000},
    "a map of metadata": {"metadata": {str(n): "m" * 99 for n in range(9_000)}},
    "changes as a text": {"changes": "c" * 3_000_000},
}


@pytest.mark.parametrize("case", LARGE)
def test_a_very_large_log_is_shortened_and_can_be_had_whole(service: Service, case: str) -> None:
    """The list marks it, the page links it; neither grows, nor loses the log beside it."""
    large, _ = put(service, LARGE[case], {"created_at": START})
    with service.as_person() as person:
        [logs] = pages(person)
        page = person.get(PAGE)
        whole = person.get(LOGS, params={"customer_id": "customer-1", "log_id": large}).json()
        alone = person.get(f"{PAGE}/logs/{large}")
    assert [log.get("is_short", False) for log in logs] == [True, False]
    assert len(page.content) <= MOST
    assert page.text.count('class="log"') == 2
    assert re.findall(r"/contacts/customer-1/logs/(\w+)", page.text) == [large]
    for name, value in LARGE[case].items():
        assert whole["activity_logs"][0][name] == value
    assert alone.status_code == 200
    assert len(alone.content) > 90_000


def test_a_whole_log_is_the_contact_s_own(service: Service) -> None:
    """Another contact's, another account's, and one that is not there are 404 on both ways."""
    for company, customer, id_ in (("company-b", "customer-1", "b"), ("company-a", "other", "o")):
        service.database.activity_logs.insert_one(native_log(company, customer, _id=id_))
    with service.as_person() as person:
        for id_ in ("b", "o", "nothing"):
            listed = person.get(LOGS, params={"customer_id": "customer-1", "log_id": id_})
            assert (listed.status_code, listed.json()["error"]["code"]) == (404, "UNKNOWN_LOG")
            assert person.get(f"{PAGE}/logs/{id_}").status_code == 404


ODD: dict[str, dict[str, Any]] = {
    "a category that is a map": {"category": {"a": 1}, "action": ["x"]},
    "changes that are a text": {"changes": "text"},
    "changes that are a map": {"changes": {"a": 1}},
    "changes of odd things": {"changes": [None, 1, "x", [], {"field": {"a": 1}}, {}]},
    "an actor that is a text": {"actor": "me", "user_id": 7},
    "an actor of odd things": {"actor": {"type": {"a": 1}, "name": ["n"]}},
    "a date as a text": {"created_at": "2024-05-01T12:00:00Z"},
    "a text that is no date": {"created_at": "2024-99-99T99:99:99Z"},
    "a date beyond the years": {"created_at": bson.DatetimeMS(10**15)},
    "no date": {"created_at": None},
    "a decimal": {"created_at": Decimal128("1.5"), "category": Decimal128("NaN")},
    "numbers": {"changes": [{"field": 1, "from": Int64(2**63 - 1), "to": float("inf")}]},
    "types of its own": {"changes": [{"field": Regex("x"), "to": [MaxKey(), Timestamp(1, 1)]}]},
    "a source tag that is a map": {"source_tag": {"a": 1}, "external_id": 5, "metadata": "m"},
    "a control character": {
        "category": "a\x00\x1b[31mb",
        "changes": [{"field": "\u202e", "to": 1}],
    },
    "an id that is a map": {"_id": {"a": 1}},
    "an id that is bytes": {"_id": b"\x00\xff"},
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_log_breaks_neither_page_nor_list(service: Service, case: str) -> None:
    """It is shown as far as it can be, and so is the one beside it."""
    put(service, ODD[case], {})
    with service.as_person() as person:
        [logs] = pages(person)
        page = person.get(PAGE)
    assert len(logs) == 2
    assert page.status_code == 200
    assert page.text.count('class="log"') == 2
    assert page.text.endswith("</html>")


def test_a_word_that_no_log_can_have_finds_none(service: Service) -> None:
    """NUL is no letter of a word: what is left is looked for."""
    put(service, {})
    with service.as_person() as person:
        answer = person.get("/contacts/customer-1", params={"q": "no\0where"})
    assert answer.status_code == 200
    assert answer.text.count('class="log"') == 0


def test_text_that_is_no_utf8_breaks_neither(service: Service) -> None:
    """A surrogate that another driver wrote into a value, a key and a name is shown as unreadable."""
    made = native_log("company-a", "customer-1", category="XXX", changes=[{"YYY": 1, "to": "XXX"}])
    raw = bson.encode(made | {"_id": ObjectId()}).replace(b"XXX", b"\xed\xa0\xbd")
    service.database.activity_logs.insert_one(RawBSONDocument(raw))
    with service.as_person() as person:
        [[log]] = pages(person)
        page = person.get(PAGE)
    assert "\ufffd" in log["category"]
    assert page.status_code == 200
    assert page.text.endswith("</html>")
