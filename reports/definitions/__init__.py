"""The reports, in the order the list shows them; one small class each, in a module per subject."""

from ..base import Report
from .adhoc import AdHocReport
from .before_after import BeforeAfterReport
from .carried_out import CarriedOutReport
from .contents import GroupsReport, LevelsReport
from .days import DayReport
from .departments import DepartmentsReport
from .feedback import FeedbackReport
from .officers import OfficerReport
from .papers import PaperReport, TimelinessReport
from .recommendations import RecommendationReport
from .units import CoverageReport
from .visits import VisitReport

REPORTS: dict[str, type[Report]] = {
    report.slug: report
    for report in (
        OfficerReport,
        DepartmentsReport,
        GroupsReport,
        LevelsReport,
        CoverageReport,
        AdHocReport,
        CarriedOutReport,
        TimelinessReport,
        RecommendationReport,
        FeedbackReport,
        VisitReport,
        BeforeAfterReport,
        DayReport,
        PaperReport,
    )
}
