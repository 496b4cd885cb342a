"""The reports, in the order the list shows them; one small class each, in a module per subject."""

from ..base import Report
from .days import DayReport
from .officers import OfficerReport
from .visits import VisitReport

REPORTS: dict[str, type[Report]] = {report.slug: report for report in (OfficerReport, VisitReport, DayReport)}
