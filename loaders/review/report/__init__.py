"""What the analyst reads and signs: the report, the preview, the overview (spec §10)."""

from loaders.review.report.content import Subject
from loaders.review.report.writing import preview_path, report_path, runs_folder, write_report

__all__ = ["Subject", "preview_path", "report_path", "runs_folder", "write_report"]
