"""The contact timeline, as support staff see it (rule: pages)."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from tests.loaders.app.browser.conftest import Open
from tests.loaders.app.conftest import Service
from tests.loaders.app.filling import CUSTOMER, NEWEST, fill_contact, migrated_log, native_log

PATH = f"/contacts/{CUSTOMER}"
BADGE = "Migrated from CRM"


def test_only_migrated_logs_have_the_badge(site: Service, as_person: Open) -> None:
    """A log with the source tag has it, by its accessible name; the CDP's own has none."""
    fill_contact(site.database, native_log(), migrated_log(1), migrated_log(2))
    page = as_person(PATH)
    entries = page.get_by_role("listitem")
    expect(entries).to_have_count(3)
    expect(entries.nth(0).get_by_role("img", name=BADGE)).to_have_count(0)
    for number in (1, 2):
        expect(entries.nth(number).get_by_role("img", name=BADGE, exact=True)).to_have_count(1)
    expect(entries.nth(1).get_by_text(BADGE, exact=True)).to_be_visible()
    expect(entries.nth(2).get_by_text("CRM", exact=True)).to_be_visible()


def test_logs_are_grouped_by_day_newest_first(site: Service, as_person: Open) -> None:
    """A day is a heading with a machine-readable time; midnight UTC parts two days."""
    midnight = NEWEST.replace(hour=0, minute=0)
    logs = [
        native_log(created_at=moment)
        for moment in (midnight - timedelta(milliseconds=1), midnight, NEWEST)
    ]
    fill_contact(site.database, *logs)
    page = as_person(PATH)
    headings = page.get_by_role("heading", level=2)
    expect(headings).to_have_text(["4 May 2024", "3 May 2024"])
    days = [time.get_attribute("datetime") for time in headings.locator("time").all()]
    times = [time.get_attribute("datetime") for time in page.locator("li time").all()]
    assert days == ["2024-05-04", "2024-05-03"]
    assert times == ["2024-05-04T10:30:00Z", "2024-05-04T00:00:00Z", "2024-05-03T23:59:59.999000Z"]


def test_changes_read_as_from_and_to(site: Service, as_person: Open) -> None:
    """Null is empty, lists and maps are compact JSON, and the change keeps its order."""
    changes = [
        {"field": "first_name", "from": None, "to": "Ada"},
        {"field": "tags", "from": ["x", "y"], "to": []},
        {"field": "address", "from": {"city": "Oslo", "no": 1}, "to": None},
        {"field": "vip", "from": False, "to": True},
    ]
    fill_contact(site.database, migrated_log(1, changes=changes))
    rows = as_person(PATH).locator(".changes > div")
    expect(rows).to_have_text(
        [
            "first nameempty → Ada",
            'tags["x", "y"] → []',
            'address{"city": "Oslo", "no": 1} → empty',
            "vipfalse → true",
        ]
    )


def test_long_values_and_many_fields_are_folded(site: Service, as_person: Open) -> None:
    """A long text shows its beginning and opens whole; of many fields the first six are seen."""
    text = "word " * 100 + "end"
    changes: list[dict[str, Any]] = [{"field": "note", "from": None, "to": text}]
    changes += [{"field": f"field_{number}", "from": None, "to": number} for number in range(9)]
    fill_contact(site.database, migrated_log(1, changes=changes))
    page = as_person(PATH)
    expect(page.get_by_text(text)).to_be_hidden()
    page.locator("summary", has_text="word word").click()
    expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_text("field 8")).to_be_hidden()
    page.get_by_text("4 more fields").click()
    expect(page.get_by_text("field 8")).to_be_visible()


def test_what_is_in_a_value_is_never_markup(site: Service, as_person: Open) -> None:
    """A value, a field and a name with tags are text; no script of theirs runs."""
    evil = "<img src=x onerror=\"document.title='taken'\">"
    changes = [{"field": evil, "from": evil, "to": [evil]}]
    actor = {"type": "user", "name": evil}
    fill_contact(site.database, migrated_log(1, changes=changes, actor=actor, category=evil))
    page = as_person(PATH)
    expect(page.locator("main img")).to_have_count(0)
    assert page.title() == "Ada Lovelace: activity"


def test_actors_are_named_as_far_as_they_are_known(site: Service, as_person: Open) -> None:
    """A lost actor is `[Deleted reference]`; without any actor the log still shows."""
    actors = [
        {"type": "deleted", "name": "[Deleted reference]", "crm_user_id": 9},
        {"type": "deactivated", "name": "Alan Turing"},
        {"type": "system", "name": "System"},
        None,
    ]
    logs = [migrated_log(number, actor=actor) for number, actor in enumerate(actors)]
    fill_contact(site.database, *logs)
    expect(as_person(PATH).locator(".who")).to_have_text(
        ["[Deleted reference]", "Alan Turing (deactivated)", "System", "Unknown"]
    )


def test_a_native_log_of_another_shape_still_shows(site: Service, as_person: Open) -> None:
    """The CDP's own logs are not ours to judge: no changes, no action, no time, a user's id only."""
    odd = native_log(changes={"a": 1}, created_at="yesterday", user_id="u-1")
    bare = {"company_sso_id": "company-a", "customer_id": CUSTOMER}
    del odd["actor"], odd["action"]
    fill_contact(site.database, odd, bare)
    page = as_person(PATH)
    expect(page.get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Without a time"])
    expect(page.get_by_text("u-1")).to_be_visible()


def test_older_activities_are_a_page_further(site: Service, as_person: Open) -> None:
    """A page says that there are older ones, and leads to them and back, without script too."""
    fill_contact(site.database, *(migrated_log(number) for number in range(301)))
    page = as_person(PATH, java_script_enabled=False)
    newest = page.locator("li.log").count()
    assert newest == page.locator(".badge").count()
    expect(page.get_by_text(f"The newest {newest} activities, newest first.")).to_be_visible()
    page.get_by_role("link", name="Older activities").click()
    expect(page.locator("li.log")).to_have_count(301 - newest)
    expect(page.get_by_role("link", name="Older activities")).to_have_count(0)
    page.get_by_role("link", name="Newest activities").click()
    expect(page.locator("li.log")).to_have_count(newest)


def test_what_is_too_long_has_a_page_of_its_own(site: Service, as_person: Open) -> None:
    """The timeline shows its beginning, and links the whole of it."""
    text = "word " * 400 + "end"
    fill_contact(site.database, migrated_log(1, changes=[{"field": "note", "to": text}]))
    page = as_person(PATH)
    expect(page.get_by_text(text)).to_have_count(0)
    page.get_by_role("link", name="Show the whole activity").click()
    expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_role("img", name=BADGE)).to_be_visible()


def test_it_works_without_javascript(site: Service, as_person: Open) -> None:
    """Everything is in the page that the server sends, folded texts too."""
    long = [{"field": "note", "from": None, "to": "word " * 100}]
    fill_contact(site.database, native_log(), migrated_log(1, changes=long))
    page = as_person(PATH, java_script_enabled=False)
    expect(page.get_by_role("listitem")).to_have_count(2)
    page.locator("details summary").click()
    expect(page.locator(".whole")).to_be_visible()


def test_a_log_names_its_record_and_speaks_the_viewer_s_language(
    site: Service, as_person: Open
) -> None:
    """*Deal 812 won*; fields and statuses by their labels, keys and empty changes folded away."""
    labels = "language,field,value,label\nid,crm_stage_id,,Tahap\nid,crm_stage_id,5,Menang\n"
    (site.settings.seeds / "labels.csv").write_text(labels)
    changes = [
        {"field": "crm_stage_id", "from": 4, "to": 5},
        {"field": "owner_id", "from": 1, "to": 2},
        {"field": "extras", "from": {}, "to": None},
        {"field": "note", "from": None, "to": "one\ntwo"},
    ]
    metadata = {"crm_audit_id": 1, "auditable_type": "CrmDeal", "auditable_id": 812}
    fill_contact(site.database, migrated_log(1, action="won", changes=changes, metadata=metadata))
    page = as_person(PATH, locale="id-ID", timezone_id="Asia/Jakarta")
    expect(page.get_by_role("heading", level=3)).to_have_text("Deal 812 won")
    expect(page.locator(".changes > div:visible")).to_have_text(
        ["Tahap4 → Menang", "noteempty → one\ntwo"]
    )
    page.get_by_text("2 more fields").click()
    expect(page.get_by_text("owner id")).to_be_visible()
    expect(page.locator("time.at")).to_have_text("16.30")
    expect(page.get_by_role("contentinfo")).to_contain_text("Asia/Jakarta")


def test_logs_are_found_by_words_and_by_category(site: Service, as_person: Open) -> None:
    """By the server, without a script; words are no pattern."""
    fill_contact(site.database, native_log(), *(migrated_log(number) for number in range(3)))
    page = as_person(PATH, java_script_enabled=False)
    page.get_by_label("Category").select_option("contact")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("li.log")).to_have_count(1)
    page.get_by_label("Category").select_option("all")
    page.get_by_label("Words").fill("order 2")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("li.log")).to_have_count(1)
    page.get_by_label("Words").fill("order .")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No activity is like that.")).to_be_visible()
