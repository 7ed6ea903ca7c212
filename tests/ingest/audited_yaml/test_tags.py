"""Every Ruby tag of the golden catalogue becomes data, by rule and not by example."""

import json

import pytest

from ingest.audited_yaml import parse

IPV6 = 42540766411282592856903984951653826561

CASES = {
    "BigDecimal": ("!ruby/object:BigDecimal 18:0.123456e4", "1234.56"),
    "BigDecimal whole": ("!ruby/object:BigDecimal 18:0.1e4", "1000.0"),
    "BigDecimal small": ("!ruby/object:BigDecimal 18:0.1e-1", "0.01"),
    "BigDecimal negative": ("!ruby/object:BigDecimal 18:-0.125e2", "-12.5"),
    "BigDecimal zero": ("!ruby/object:BigDecimal 9:0.0", "0.0"),
    "BigDecimal minus zero": ("!ruby/object:BigDecimal 9:-0.0", "-0.0"),
    "BigDecimal NaN": ("!ruby/object:BigDecimal 9:NaN", "NaN"),
    "BigDecimal infinite": ("!ruby/object:BigDecimal 9:-Infinity", "-Infinity"),
    "BigDecimal long": (
        "!ruby/object:BigDecimal 36:0.12345678901234567890123456789e10",
        "1234567890.1234567890123456789",
    ),
    "Range": ("!ruby/range {begin: 3, end: 82, excl: false}", {"begin": 3, "end": 82, "excl": False}),
    "Range endless": ("!ruby/range {begin: 5, end: , excl: true}", {"begin": 5, "end": None, "excl": True}),
    "Range beginless": ("!ruby/range {begin: , end: 5, excl: false}", {"begin": None, "end": 5, "excl": False}),
    "Range of dates": (
        "!ruby/range {begin: 2021-01-01, end: 2022-12-01, excl: true}",
        {"begin": "2021-01-01", "end": "2022-12-01", "excl": True},
    ),
    "Range in a scalar": ("!ruby/range 1...9", {"begin": 1, "end": 9, "excl": True}),
    "IPv4": (
        "!ruby/object:IPAddr {mask_addr: 4294967295, family: 2, addr: 615935618, zone_id: }",
        "36.182.110.130/32",
    ),
    "IPv4 network": (
        "!ruby/object:IPAddr {mask_addr: 4278190080, family: 2, addr: 167772160}",
        "10.0.0.0/8",
    ),
    "IPv6 network": (
        f"!ruby/object:IPAddr {{mask_addr: {2**128 - 2**96}, family: 10, addr: {IPV6 - 1}}}",
        "2001:db8::/32",
    ),
    "IPv6 host with zone": (
        f"!ruby/object:IPAddr {{mask_addr: {2**128 - 1}, family: 10, addr: {IPV6}, zone_id: '%eth0'}}",
        "2001:db8::1%eth0/128",
    ),
    "IPv6 of IPv4": (
        f"!ruby/object:IPAddr {{mask_addr: {2**128 - 1}, family: 10, addr: {(0xFFFF << 32) + 0x0A000001}}}",
        "::ffff:10.0.0.1/128",
    ),
    "TimeZone": ("!ruby/object:ActiveSupport::TimeZone {name: Asia/Jakarta}", "Asia/Jakarta"),
    "DateTime": (
        "!ruby/object:DateTime 2021-12-05 10:30:15.500000000 -05:30",
        "2021-12-05T16:00:15.500000000Z",
    ),
    "Point": ("!ruby/struct:ActiveRecord::Point {x: 0.5, y: 1.0}", {"x": 0.5, "y": 1.0}),
    "Struct": ("!ruby/struct:Crm::Slot\n  day: :mon\n  from: '09:00'", {"day": "mon", "from": "09:00"}),
    "OpenStruct": ("!ruby/object:OpenStruct {name: Lestari, active: true}", {"name": "Lestari", "active": True}),
    "hash": ("!ruby/hash:Crm::Bag\n  k: :v\n  :w: 2", {"k": "v", "w": 2}),
    "indifferent hash": ("!ruby/hash:ActiveSupport::HashWithIndifferentAccess {a: 1}", {"a": 1}),
    "old indifferent hash": ("!map:ActiveSupport::HashWithIndifferentAccess {a: 1}", {"a": 1}),
    "hash with ivars": (
        "!ruby/hash-with-ivars:Crm::NamedHash\n  ivars:\n    :@name: nm\n  elements:\n    x: 1",
        {"x": 1},
    ),
    "OrderedOptions": ("!ruby/object:ActiveSupport::OrderedOptions {}", {}),
    "Parameters": (
        "!ruby/object:ActionController::Parameters {parameters: {q: 'yes'}, permitted: false}",
        {"q": "yes"},
    ),
    "Set": ("!ruby/object:Set\n  hash:\n    :a: true\n    b: true\n    45: true", ["a", "b", 45]),
    "Set empty": ("!ruby/object:Set {hash: {}}", []),
    "TagList": ("!ruby/array:ActsAsTaggableOn::TagList [cold, vip]", ["cold", "vip"]),
    "TagList with ivars": (
        "!ruby/array:ActsAsTaggableOn::TagList\n  internal:\n  - vip\n  ivars:\n    :@parser: :default",
        ["vip"],
    ),
    "string subclass": ("!ruby/string:Crm::Label '1:30'", "1:30"),
    "string with ivars": ("!ruby/string:Crm::Label {str: '1:30', '@a': 1}", "1:30"),
    "string": ("!!str <<", "<<"),
    "symbol": ("!ruby/symbol a b", "a b"),
    "symbol without a name": ("!ruby/symbol", ""),
    "symbol in quotes": ("! ':a: b'", "a: b"),
    "Rational": ("!ruby/object:Rational {denominator: 7, numerator: 8}", "8/7"),
    "Complex": ("!ruby/object:Complex {real: 1, image: 5}", "1+5i"),
    "Complex negative": ("!ruby/object:Complex {real: 1.5, image: -5}", "1.5-5i"),
    "URI": ("!ruby/object:URI::HTTPS {scheme: https, host: a.id, port: 443, path: /x}", "https://a.id/x"),
    "URI with all parts": (
        "!ruby/object:URI::HTTP {scheme: http, user: u, password: p, host: a.id, port: 81, path: /x, query: b=c, fragment: d}",
        "http://u:p@a.id:81/x?b=c#d",
    ),
    "URI of mail": ("!ruby/object:URI::MailTo {scheme: mailto, opaque: a@b.id}", "mailto:a@b.id"),
    "Regexp": (r"!ruby/regexp /^\/crm\/(\d+)/i", r"/^\/crm\/(\d+)/i"),
    "class": ("!ruby/class 'CrmLead'", "CrmLead"),
    "module": ("!ruby/module 'Billing'", "Billing"),
    "encoding": ("!ruby/encoding UTF-8", "UTF-8"),
    "exception": (
        "!ruby/exception:ArgumentError {message: 'bad: value', backtrace: }",
        "ArgumentError: bad: value",
    ),
    "exception without message": ("!ruby/exception:ArgumentError {message: }", "ArgumentError: ArgumentError"),
    "binary": ("!binary AP8=", {"$binary": "AP8="}),
    "binary that is ASCII": ("!binary aGk=", "hi"),
    "standard binary": ("!!binary aGk=", "hi"),
    "standard float": ("!!float 5", 5.0),
    "standard integer": ("!!int '5'", 5),
}  # fmt: skip

DURATIONS = {
    "PT2H": ":hours: 2",
    "PT90M": ":minutes: 90",
    "P1DT6H": ":hours: 6\n:days: 1",
    "P-3D": ":days: -3",
    "P1Y2M3DT4H5M6S": ":years: 1\n:months: 2\n:days: 3\n:hours: 4\n:minutes: 5\n:seconds: 6",
    "P1MT-1H": ":months: 1\n:hours: -1",
    "P2W": ":weeks: 2",
    "P15D": ":weeks: 2\n:days: 1",
    "PT1.5S": ":seconds: 1.5",
    "PT1H": ":hours: 1\n:minutes: 0\n:seconds: 0.0",
    "PT0S": ":seconds: 0",
    "P4D": "- - :days\n  - 3\n- - :days\n  - 1",
}


@pytest.mark.parametrize(("iso", "parts"), DURATIONS.items(), ids=DURATIONS)
def test_a_duration_is_written_from_its_parts(iso: str, parts: str) -> None:
    """As Rails 6.1: a sign for each part, weeks are days beside days; pairs are from Rails 5.0."""
    indented = parts.replace("\n", "\n    ")
    text = f"!ruby/object:ActiveSupport::Duration\n  value: 7\n  parts:\n    {indented}\n"
    assert parse(text).value_json == f'"{iso}"'


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_tag_becomes_its_value(text: str, expected: object) -> None:
    """Each kind of Ruby object has one normal form."""
    parsed = parse(f"---\nfield:\n- {text}\n-\n")
    assert parsed.error is None
    assert parsed.unknown_tags == ()
    assert json.loads(parsed.value_json or "") == {"field": [expected, None]}


def test_a_time_with_zone_is_its_utc() -> None:
    """``time`` is the local wall clock with a false ``Z``: only ``utc`` tells the moment."""
    parsed = parse(
        "---\ndue_at:\n- &1 !ruby/object:ActiveSupport::TimeWithZone\n"
        "  utc: 2018-07-01 19:16:06.585604100 Z\n"
        "  zone: &2 !ruby/object:ActiveSupport::TimeZone\n    name: Asia/Jakarta\n"
        "  time: 2018-07-02 02:16:06.585604100 Z\n"
        "- *1\nzone: *2\n"
    )
    moment = "2018-07-01T19:16:06.585604100Z"
    assert json.loads(parsed.value_json or "") == {
        "due_at": [moment, moment],
        "zone": "Asia/Jakarta",
    }


@pytest.mark.parametrize(
    ("text", "expected", "tag"),
    [
        ("!ruby/object:Crm::Money {cents: 5, currency: IDR}", {"cents": 5, "currency": "IDR"}, "!ruby/object:Crm::Money"),
        ("!ruby/object:Os::Evil '1'", 1, "!ruby/object:Os::Evil"),
        ("!python/object/apply:os.system [id]", ["id"], "!python/object/apply:os.system"),
        ("!!python/name:os.system ''", None, "tag:yaml.org,2002:python/name:os.system"),
        ("!ruby/object:Complex {real: 1, image: }", {"real": 1, "image": None}, "!ruby/object:Complex"),
        ("!ruby/object:IPAddr {addr: x, family: 2}", {"addr": "x", "family": 2}, "!ruby/object:IPAddr"),
    ],
)  # fmt: skip
def test_an_unknown_tag_keeps_its_data(text: str, expected: object, tag: str) -> None:
    """A tag without a rule, or with members that do not fit it, is noted and its data kept."""
    parsed = parse(f"--- [{text}]\n")
    assert json.loads(parsed.value_json or "") == [expected]
    assert parsed.unknown_tags == (tag,)
