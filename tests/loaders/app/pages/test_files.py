"""The report and the dbt docs: an account's own files, and no other (rules: pages, security)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.loaders.app.conftest import Service, serving

FILES = {"report": "report/index.html", "docs": "docs/index.html"}
RUN = "0b1f4c1e-5b7e-4c8e-9a54-3a1d2f6b7c80"
LINKED = {  # by the report, and by the page of all runs
    "report/not_migrated.csv": "text/csv",
    "report/contacts_to_mend.csv": "text/csv",
    "runs/index.html": "text/html",
    f"runs/{RUN}/index.html": "text/html",
    "preview/index.html": "text/html",
}


@pytest.fixture
def shelf(service: Service, tmp_path: Path) -> Iterator[Service]:
    """The app with a `var` of its own, and a file beside it."""
    (tmp_path / "secret.html").write_text("secret")
    settings = replace(service.settings, var_dir=tmp_path / "var")
    with serving(settings) as url:
        yield Service(settings, service.database, url)


def put(shelf: Service, name: str) -> Path:
    """Write an account's file."""
    path = shelf.settings.var_dir / "demo-small" / FILES[name]
    path.parent.mkdir(parents=True)
    path.write_text(f"<!doctype html><title>{name}</title>")
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_given_in_a_sandbox(shelf: Service, name: str) -> None:
    """It may run its own scripts, in an origin of nobody that reaches nothing."""
    put(shelf, name)
    with shelf.as_service() as client:
        answer = client.get(f"/ops/demo-small/{name}")
    policy = answer.headers["content-security-policy"]
    assert (answer.status_code, name in answer.text) == (200, True)
    assert answer.headers["content-type"].startswith("text/html")
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_a_page(shelf: Service, name: str) -> None:
    """404, with how to get it; and it is not linked."""
    with shelf.as_service() as client:
        answer = client.get(f"/ops/demo-small/{name}")
        account = client.get("/ops/demo-small")
    assert answer.status_code == 404
    assert "It is there once a worker" in answer.text
    assert f"/{name}/" not in account.text


def test_a_report_may_link_the_docs(shelf: Service) -> None:
    """The paths are those of the disk, so that one relative link is right in both places."""
    put(shelf, "report")
    put(shelf, "docs")
    with shelf.as_service() as client:
        account = client.get("/ops/demo-small")
        docs = client.get("/ops/demo-small/report/../docs/index.html")
    assert "/ops/demo-small/report/index.html" in account.text
    assert docs.status_code == 200


@pytest.mark.parametrize(("place", "kind"), LINKED.items())
def test_what_a_report_links_is_given_too(shelf: Service, place: str, kind: str) -> None:
    """In the same sandbox; a list is saved as a file."""
    path = shelf.settings.var_dir / "demo-small" / place
    path.parent.mkdir(parents=True)
    path.write_text("linked")
    with shelf.as_service() as client:
        answer = client.get(f"/ops/demo-small/{place}")
    assert (answer.status_code, answer.text) == (200, "linked")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-security-policy"].startswith("sandbox")
    is_saved = "attachment" in answer.headers.get("content-disposition", "")
    assert is_saved == (kind == "text/csv")


def test_a_file_is_for_services_only(shelf: Service) -> None:
    """Nobody else gets it, a person's session included."""
    put(shelf, "report")
    for client in (shelf.client(), shelf.as_person()):
        with client:
            assert client.get("/ops/demo-small/report").status_code == 401


PATHS = [
    "/ops/../secret.html",
    "/ops/..%2f/report",
    "/ops/%2e%2e/report",
    "/ops/demo-small%2f..%2f..%2fsecret.html/report",
    "/ops/demo-small/report/../../secret.html",
    "/ops/demo-small/secret.html",
    "/ops/demo-small/report/..%2f..%2f..%2fsecret.csv",
    "/ops/demo-small/report/%00.csv",
    f"/ops/demo-small/report/{'a' * 300}.csv",
    "/ops/demo-small/runs/../../../secret.html",
    "/static/../app.py",
    "/static/..%2fsettings.py",
    "/static/%2e%2e/templates/base.html.j2",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_folder(shelf: Service, path: str) -> None:
    """Only names of the seed are accounts, only two files are theirs."""
    with shelf.as_service() as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_a_link_out_of_the_folder_is_not_followed(shelf: Service) -> None:
    """A report that is a symbolic link to a file elsewhere is no report."""
    path = put(shelf, "report")
    path.unlink()
    path.symlink_to(shelf.settings.var_dir.parent / "secret.html")
    with shelf.as_service() as client:
        assert client.get("/ops/demo-small/report").status_code == 404
