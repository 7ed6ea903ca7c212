"""Draws README's pictures of a report and a timeline anew, from a demo that serves (`make pictures`)."""

import os
import re
import signal
import subprocess
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.conftest import FLAGS, chromium_path
from tests.places.copies import ROOT

FOLDER = ROOT / "loaders" / "app" / "pictures"
ACCOUNT = "demo-small"
SIZE = {"width": 900, "height": 560}
LINK = re.compile(rf"a contact of {ACCOUNT}: (http\S+)")


def main() -> None:
    """Serve the demo, and draw both."""
    FOLDER.mkdir(exist_ok=True)
    demo = [str(ROOT / ".venv" / "bin" / "crm-migrate"), "demo", "--serve"]
    with (
        subprocess.Popen(demo, stdout=subprocess.PIPE, text=True) as serving,
        sync_playwright() as playwright,
    ):
        assert serving.stdout
        contact = next(found[1] for line in serving.stdout if (found := LINK.search(line)))
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
        draw(page, contact, "timeline")
        report = Path(os.environ["VAR_DIR"], ACCOUNT, "report", "index.html")
        draw(page, report.resolve().as_uri(), "report")
        serving.send_signal(signal.SIGINT)


def draw(page: Page, url: str, name: str) -> None:
    """Draw what a reader sees first of a page."""
    page.goto(url, wait_until="networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
