"""What the analyst reads and signs: the report, and the preview (rule: report)."""

from loaders.review.report.content import Subject
from loaders.review.report.writing import write_report

__all__ = ["Subject", "write_report"]
