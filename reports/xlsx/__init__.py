"""Excel: the only package of the reports that knows openpyxl. ``tables`` writes reports, ``papers`` official papers."""

from fieldvisits.workbooks import CONTENT_TYPE

from .tables import write_report

__all__ = ["CONTENT_TYPE", "write_report"]
