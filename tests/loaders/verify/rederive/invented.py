"""Invented accounts of few records and many audits, so that every rule meets every edge."""

import gzip
import json
import random
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rich.console import Console

from ingest.landing.reading import read_changes
from ingest.landing.staged import EXTRACTS, Warehouse
from ingest.shared.crm_columns import AUDITS_SCHEMA, USERS_SCHEMA
from ingest.shared.seeds import find_account, read_mapped_types
from ingest.sources.cdp import CONTACTS, CRM_CONTACT_ID_MAP, ERASURES
from ingest.sources.crm_sums import AUDIT_COUNTS
from ingest.sources.usman import USMAN_LOOKUPS, USMAN_USERS
from loaders.verify.rederive.rules import read_rules

GOLDEN = Path(__file__).parents[3] / "golden"
ACCOUNT = find_account("demo-small")
JOINS = read_rules(ACCOUNT).joins
PERSON_KEYS = ["crm_person_id", "crm_person_id", "person_id", "Person_id"]
START = datetime(2021, 3, 4, 5, 6, 7, 890123)
NEVER = [None, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)]
ACTIONS = ["create", "update", "update", "update", "destroy"]
ODD_ACTIONS = ["export", "merge", "", "Update", None]
PERSONS = [*range(1, 13), 2**63 - 1]
RECORDS = range(1, 7)
OTHER_PERSONS = ["Crm::Person", "Crm::person"]
COMMENTS = [
    '{"crm_person_id": %s}',
    '{"crm_person_id": "%s"}',
    '{"crm_person_id": "0%s"}',
    '{"crm_person_id": %s.0}',
    '{"crm_person_id": -%s}',
    '{"crm_person_id": "%s "}',
    '{"crm_person_id": 99999999999999999999, "other": %s}',
    '{"crm_person_id": [%s]}',
    '{"crm_person_id": %s, "crm_person_id": 3}',
    '{"crm_person_id": 3, "crm_person_id": null, "x": %s}',
    '{"person_id": 3, "crm_person_id": %s}',
    '{"person_id": %s, "crm_person_id": "none"}',
    '{"crm_person_id": null, "person_id": 3, "x": 1, "person_id": %s}',
    '{"crm_person_id": "00000000000000000000000%s"}',
    '{"other": {"crm_person_id": %s}}',
    '[{"crm_person_id": %s}]',
    '{"crm_person_id": %s',
    '{"crm_person_id": %s,}',
    '{"crm_person_id": %s, "x": NaN}',
    '{"crm_person_id": true, "x": %s}',
    ' \n{"crm_person_id": %s}\t',
    '{"crm_person_id": "\\u003%s"}',
    '{"crm_person_id": %se0}',
    '{"crm_person_id": +%s}',
    '{"crm_person_id": %s, "x": "\\ud800"}',
    '{"crm_person_id": %s, "x": "a\tb"}',
    '{"crm_person_id": %s, "x": "NaN, }"}',
    '{"crm_person_id": %s, "x": [1, 2,]}',
    '{"CRM_PERSON_ID": %s}',
    '{"crm\\u005fperson_id": %s}',
    '"{\\"crm_person_id\\": %s}"',
    '\ufeff{"crm_person_id": %s}',
    '\u00a0{"crm_person_id": %s}',
    "{'crm_person_id': %s}",
    "person %s called",
    "crm_person_id: %s",
    " \t\r\n",
    "",
]
USERNAMES = [None, "", " ", "console-bob", " padded ", "#<User:0x00007f>", "#hash", "a #<b"]
NESTED = [
    {"api_token": "s3cret", "kept": 1},
    {"kept": {"Api_Token": "s3cret"}, "also": [1, {"otp_secret": None}]},
    {"api_token": {"of": "s3cret"}},
    [{"api_token": ["s3cret"]}, 1],
    {"xapi_token": '"api_token":1', "api token": " ", "\uff41": "\u200b"},
    {"api_token ": "s3cret"},
    [{"\t\uff41\uff30I_to\u200bken": "s3cret"}, 1],
    {"kept": {"\u00a0api_token": {"api_token": 1}}},
]
VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        5,
        "5",
        4,
        "4",
        3,
        "3",
        "won",
        "",
        "null",
        "12",
        "0x1",
        "😀",
        "a\tb",
    ),
    *(1.5, 1e300, 2**63, -(2**63), 2**80, [], [1], [1, 2], [1, 2, 3], [None, None], [[1, 2], [3]]),
    *({}, {"a": None}, {"b": [1, {"c": "d"}]}, "[denied]", *NESTED),
]
FIELDS = [
    *("name", "tags", "crm_stage_id", "crm_ticket_status_id", "crm_task_status_id", "stage_id"),
    *("person_id", "Person_id", "deal_id"),
    *("crm_person_id", "crm_deal_id", "encrypted_password", "API_TOKEN", "(value)", "é", 'q"'),
    *(" otp_secret", "otp_\u200bsecret\t"),
]


def write_raw_tables(path: Path, seed: int, audit_count: int) -> None:
    """Write the raw tables of an invented account, as the extract lands them."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    tables = {
        "raw_crm.audits": (AUDITS_SCHEMA, [_audit(draw, id_) for id_ in range(1, audit_count + 1)]),
        "raw_crm.users": (USERS_SCHEMA, _users()),
        "raw_crm.audit_counts": (AUDIT_COUNTS, []),
        "raw_crm.extracts": (EXTRACTS, []),
        "raw_crm.gone_audits": (
            pa.schema([("id", pa.int64()), ("gone_at", pa.timestamp("us"))]),
            [],
        ),
        "raw_cdp.contacts": (CONTACTS, _contacts()),
        "raw_cdp.crm_contact_id_map": (CRM_CONTACT_ID_MAP, _id_map()),
        "raw_cdp.erasures": (ERASURES, _erasures()),
        "raw_usman.users": (USMAN_USERS, _sso_users()),
        "raw_usman.lookups": (USMAN_LOOKUPS, []),
    }
    with duckdb.connect(path) as connection:
        for name, (schema, rows) in tables.items():
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.register("landed", pa.Table.from_pylist(rows, schema=schema))
            connection.execute(f"create table {name} as select * from landed")  # noqa: S608
    warehouse = Warehouse(path.parent)
    warehouse.claim(ACCOUNT.account)
    read_changes(warehouse, Console(quiet=True))


def _audit(draw: random.Random, id_: int) -> dict[str, Any]:
    action = draw.choice(ODD_ACTIONS if draw.random() < 0.05 else ACTIONS)
    type_ = draw.choice(read_mapped_types())
    return {
        "id": id_,
        "organization_id": ACCOUNT.crm_organization_id,
        "auditable_id": _auditable_id(draw, type_),
        "auditable_type": type_,
        "associated_id": draw.choice([None, *PERSONS]),
        "associated_type": draw.choice(
            [None, None, "CrmPerson", "CrmDeal", "crmperson", *OTHER_PERSONS]
        ),
        "user_id": draw.choice([None, *range(1, 10)]),
        "user_type": draw.choice(["User", "User", "Staff", "AdminUser", "staff", "", None]),
        "username": draw.choice(USERNAMES),
        "action": action,
        "audited_changes": _text(draw, type_, action),
        "version": draw.choice([None, 1, 2**40]),
        "comment": _comment(draw),
        "remote_address": draw.choice([None, "10.0.0.1"]),
        "request_uuid": draw.choice([None, "", "6f0e"]),
        "created_at": _time(draw),
    }


def _auditable_id(draw: random.Random, type_: str) -> int | None:
    if type_ in JOINS:
        return draw.randrange(400)
    return None if draw.random() < 0.03 else draw.choice(RECORDS)


def _time(draw: random.Random) -> datetime | None:
    if draw.random() < 0.03:
        return draw.choice(NEVER)
    return START + timedelta(microseconds=draw.randrange(40) * 999_983)  # equal ones are wanted


def _comment(draw: random.Random) -> str | None:
    comment = draw.choice(COMMENTS)
    if draw.random() < 0.6:
        return None
    comment = comment.replace("crm_person_id", draw.choice(PERSON_KEYS))
    return comment % draw.choice(PERSONS) if "%s" in comment else comment


def _text(draw: random.Random, type_: str, action: str | None) -> str | None:
    chance = draw.random()
    if chance < 0.2:
        return draw.choice(_golden_texts())
    if chance < 0.3:
        return draw.choice(
            [None, "", "  ", "--- {}\n", "---\n...\n", "--- [1, 2]\n", "{]", "---\n- :a"]
        )
    members = {draw.choice(FIELDS): _value(draw, action) for _ in range(draw.randrange(4))}
    if type_ in JOINS:
        members |= _join_members(draw, type_, action)
    return json.dumps(members, ensure_ascii=draw.random() < 0.5)


def _value(draw: random.Random, action: str | None) -> Any:
    is_pair = action == "update" and draw.random() < 0.8
    return [draw.choice(VALUES), draw.choice(VALUES)] if is_pair else draw.choice(VALUES)


def _join_members(draw: random.Random, type_: str, action: str | None) -> dict[str, Any]:
    _, key, person_key = JOINS[type_]
    record, person = draw.choice(RECORDS), draw.choice(PERSONS)
    pairs = [
        {key: record, person_key: person},
        {key: f"0{record}", person_key: str(person)},
    ]
    if action == "update":
        pairs += [{key: [None, record], person_key: [person, None]}, {}]
    return draw.choice(pairs)


def _users() -> list[dict[str, Any]]:
    emails = ["a@x.io", " B@X.io ", "c@x.io", "d@x.io", None, "", "e@x.io", "f@x.io"]
    names = ["Ayu", "Budi ", None, "  ", "Citra", "Dewi", "Eka", "Fajar"]
    return [
        {
            "id": id_,
            "organization_id": ACCOUNT.crm_organization_id if id_ < 6 else 7,
            "email": emails[id_ - 1],
            "full_name": names[id_ - 1],
            "deleted_at": START if id_ == 4 else None,
        }
        for id_ in range(1, 9)
    ]


def _sso_users() -> list[dict[str, Any]]:
    statuses = {"a": "active", "b": "Active", "c": "inactive", "d": "active", "e": "active"}
    return [
        {"email": f"{name}@x.io", "sso_id": f"sso-{name}", "status": status}
        for name, status in statuses.items()
    ]


def _contacts() -> list[dict[str, Any]]:
    source_ids = ["1", "2", "3", " 4 ", "05", "6", "6", "", None, "+7", str(2**63 - 1), "x"]
    return [
        {"_id": f"c{place}", "company_sso_id": ACCOUNT.company_sso_id, "source_id": source_id}
        for place, source_id in enumerate(source_ids)
    ]


def _id_map() -> list[dict[str, Any]]:
    pairs = [(1, "m1"), (5, "m5"), (8, "m8"), (9, None), (10, "m10"), (10, "m11"), (None, "m12")]
    return [
        {"company_sso_id": ACCOUNT.company_sso_id, "crm_person_id": id_, "customer_id": contact}
        for id_, contact in pairs
    ]


def _erasures() -> list[dict[str, Any]]:
    pairs = [("c1", None), ("gone", 7)]  # as the contact of person 2, and by the person's own id
    return [
        {"company_sso_id": ACCOUNT.company_sso_id, "crm_person_id": id_, "customer_id": contact}
        for contact, id_ in pairs
    ]


@cache
def _golden_texts() -> list[str | None]:
    """Every text of the golden corpus."""
    texts = []
    for path in sorted(GOLDEN.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts += [json.loads(line)["audited_changes"] for line in lines]
    return texts
