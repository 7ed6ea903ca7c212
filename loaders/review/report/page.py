"""Renders the report: one self-contained page out of the facts (rule: report)."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from loaders.jobs.drift import CAUSES
from loaders.jobs.lease import in_words
from loaders.jobs.reasons import REASONS, Reason
from loaders.jobs.shares import share_text
from loaders.review.explain.sentences import ACTORS, CANDIDATES, PARSERS
from loaders.review.report.cards import cards
from loaders.review.report.charts import months_chart, steps_chart
from loaders.review.report.content import Facts
from loaders.review.report.words import (
    CHECKS,
    DIFFERENCES,
    FATES,
    FOUND_BY,
    GATES,
    HOPS,
    STEPS,
)

TEMPLATES = Path(__file__).parent / "templates"
MOST_SHOWN = 50
SECTIONS = (
    ("balance", "Balance"),
    ("months", "Months"),
    ("categories", "Categories"),
    ("reasons", "Not migrated"),
    ("people", "Contacts, actors"),
    ("reading", "Reading"),
    ("checks", "Checks"),
    ("origin", "Origin"),
)


def rendered(facts: Facts, facts_sha256: str, *, is_kept: bool = False) -> str:
    """Render the report's page.

    Args:
        facts: The report's content.
        facts_sha256: Hash of ``report.json``, which a sign-off names.
        is_kept: It is the one that stays among the runs; the lists are beside the last one alone.
    """
    template = environment().get_template("report.html.j2")
    shown = _pictures(facts) | _in_words(facts) | _origin(facts)
    return template.render(
        facts,
        **shown,
        facts_sha256=facts_sha256,
        is_kept=is_kept,
        checks=[asdict(check) for check in CHECKS],
        cards=list(cards(facts)),
        lost_count=facts["figures"]["failed_count"] + facts["figures"]["unloaded_count"],
        forced=[event for event in facts["events"] if event["what"] == "force"],
        sections=SECTIONS,
        most_shown=MOST_SHOWN,
    )


def _pictures(facts: Facts) -> Facts:
    steps = [row | {"label": STEPS[row["step"]]} for row in facts["balance_steps"]]
    months = [row for row in facts["months"] if row["created_month"]]
    return {
        "steps_chart": steps_chart(steps, facts["departures"], _steps_words(steps)),
        "months_chart": months_chart(months, _months_words(months)) if months else None,
        "has_unexplained": not all(row["is_closed"] for row in facts["balance"]),
    }


def _in_words(facts: Facts) -> Facts:
    """Return the rows that get a sentence, a label, or both."""
    return {
        "departed": [row | {"why": _reason(row).why} for row in facts["departures"]],
        "hops": [row | {"words": HOPS[row["hop"]]} for row in facts["balance"]],
        "not_there": _not_there(facts),
        "preview_rows": [row | {"words": FATES[row["fate"]]} for row in facts["load_preview"]],
        "difference_rows": [
            row | {"words": DIFFERENCES[row["difference"]]} for row in facts["differences"]
        ],
        "cause_rows": [row | {"words": CAUSES[row["cause"]]} for row in facts["drift_causes"]],
        "ways": [row | _way(row["contact_source"]) for row in facts["contact_sources"]],
        "cases": [row | {"words": ACTORS[row["actor_type"]]} for row in facts["actors"]],
        "paths": [row | {"words": PARSERS.get(row["parser"])} for row in facts["parsers"]],
        "gates_shown": [
            gate | {"verdict": GATES.get(gate["verdict"], gate["verdict"])}
            for gate in (facts["gates"] or {}).get("gates", ())
        ],
        "failing_tests": [
            test | {"model": model["model"]}
            for model in facts["dbt_build"]["models"]
            for test in model["tests"]
            if test["status"] != "pass"
        ],
    }


def _origin(facts: Facts) -> Facts:
    return {
        "event_rows": [
            {"detail": None} | event | {"who": in_words(event["who"])} for event in facts["events"]
        ],
        "seed_rows": _pairs(facts["seeds_sha256"]),
        "hash_rows": _pairs(
            facts["hashes"] | {"documents_sha256": facts["job"]["documents_sha256"]}
        ),
        "version_rows": _pairs(facts["versions"]),
    }


def _pairs(values: Mapping[str, Any]) -> list[Facts]:
    return [{"name": name.replace("_", " "), "value": value} for name, value in values.items()]


def environment() -> Environment:
    """Return the templates' environment."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "count": _count,
        "pct": share_text,
        "time": _time,
        "month": _month,
        "marked": marked,
        "sentence": _sentence,
    }
    made.filters |= filters
    return made


def marked(text: str) -> Markup:
    """Show what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in parts
    )


def _not_there(facts: Facts) -> list[dict[str, Any]]:
    """Return every reason for which an audit has no log, with its words and its samples."""
    found = [row | {"kind": row["outcome"]} for row in facts["reasons"]]
    found += [
        row | {"kind": "failed", "resolvable_by_link_count": 0} for row in facts["load_failures"]
    ]
    return [row | {"words": _reason(row)} for row in found]


def _reason(row: Facts) -> Reason:
    return REASONS[row["reason"]]


def _way(contact_source: str | None) -> dict[str, str]:
    if contact_source is None:
        return {"named_by": "no person is named", "found_by": "-"}
    named_by, _, found_by = contact_source.partition("+")
    return {
        "named_by": CANDIDATES.get(named_by, named_by),
        "found_by": FOUND_BY.get(found_by, "no contact found"),
    }


def _steps_words(steps: list[dict[str, Any]]) -> str:
    told = "; ".join(
        f"{step['label']} {step['audit_count']:,}"
        + (f", {step['departed_count']:,} left before" if step["departed_count"] else "")
        for step in steps
    )
    return f"Bars of the audits at each step. {told}. The tables below have the reasons."


def _months_words(months: list[dict[str, Any]]) -> str:
    differing = sum(1 for month in months if month["difference"])
    first, last = _month(months[0]["created_month"]), _month(months[-1]["created_month"])
    found = f"{differing} of them differ" if differing else "none of them differs"
    return (
        f"Bars of the source's audits from {first} to {last}, and what MongoDB holds of each "
        f"month; {found}. The table below has the numbers."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _time(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def _month(value: Any) -> str:
    return f"{value:%B %Y}" if isinstance(value, date) else str(value)
