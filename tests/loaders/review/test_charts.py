"""The pictures are drawn offline, in the page's colours, whatever the months are."""

from datetime import date
from typing import Any

import pytest

from loaders.review.report.charts import months_chart, steps_chart


def month(at: date, **counts: int) -> dict[str, Any]:
    """A month of the report."""
    none = {"ready_count": 3, "skipped_count": 1, "failed_count": 0, "mongo_count": 3}
    return {"created_month": at} | none | counts


def test_a_picture_takes_the_colours_of_the_page() -> None:
    """No colour of its own; it is hidden from screen readers, who get the words."""
    steps = [
        {"label": "All audits", "step_number": 1, "audit_count": 10},
        {"label": "Staged", "step_number": 2, "audit_count": 6},
    ]
    departures = [{"step_number": 2, "kind": "out of scope", "audit_count": 3}]
    chart = steps_chart(steps, departures, "Ten audits, six staged.")
    for svg in (chart.wide, chart.narrow):
        assert svg.startswith('<svg aria-hidden="true"')
        assert 'fill="var(--good-bar)"' in svg
        assert 'fill="var(--scope-bar)"' in svg
        assert 'fill="var(--lost-bar)"' in svg  # the one audit that no reason explains
        assert 'fill="#' not in svg
    assert chart.words == "Ten audits, six staged."


@pytest.mark.parametrize(
    "months",
    [
        [date(2024, 1, 1)],
        [date(2023, 12, 1), date(2024, 1, 1)],
        [date(year, month, 1) for year in range(2010, 2025) for month in range(1, 13)],
        [date(1, 1, 1), date(2024, 1, 1), date(2024, 2, 1), date(9999, 12, 1)],
    ],
    ids=["one", "two", "many", "odd_years"],
)
def test_every_month_has_its_bar(months: list[date]) -> None:
    """An audit of the year 1 or 9999 does not squeeze the others."""
    chart = months_chart([month(at) for at in months], "words")
    assert chart.wide.count('fill="var(--good-bar)"') == len(months)
    assert chart.wide.count('fill="var(--skip-bar)"') == len(months)


def test_a_month_without_documents_still_has_a_tick() -> None:
    """What MongoDB lacks is seen against the bar."""
    chart = months_chart([month(date(2024, 1, 1), mongo_count=0)], "words")
    assert "var(--ink)" in chart.wide
