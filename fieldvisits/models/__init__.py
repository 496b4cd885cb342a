"""What: the rules of the year, the host units, the plans and decisions, what was carried out and what came of it."""

from .adhoc import AdHocRequest, AgreedHow
from .base import Event, NotNow, Refused, Stale, Stateful, UnknownVerb
from .changes import ChangeKind, ChangeRequest
from .coordination import HostNotice
from .days import KINDS, NotCounted, VisitDay, day_figures, day_kinds, tally
from .decisions import Decision
from .exemptions import Exemption
from .host_links import (
    QUESTIONS,
    HostFeedback,
    HostLink,
    LinkRefused,
    Mark,
    Purpose,
    confirm_presence,
)
from .hosts import HostUnit, Level, UnitAssignment
from .marks import LineDecision, ReturnDecision, Verdict
from .notice_lines import Answer, Change, Means, NoticeAnswer, NoticeLine
from .officers import Officer, OfficerYear, years_of
from .plans import DepartmentPlan, OfficerPlan
from .quarter_reports import DepartmentReport, QuarterReport
from .recommendations import Addressee, FollowUp, Found, Recommendation
from .regime import Holiday, Nudge, Quarter, SubQuota, YearRule
from .results import Attachment, VisitResult
from .visits import ContentGroup, Remark, Variance, Visit

__all__ = [
    "KINDS",
    "QUESTIONS",
    "AdHocRequest",
    "Addressee",
    "AgreedHow",
    "Answer",
    "Attachment",
    "Change",
    "ChangeKind",
    "ChangeRequest",
    "ContentGroup",
    "Decision",
    "DepartmentPlan",
    "DepartmentReport",
    "Event",
    "Exemption",
    "FollowUp",
    "Found",
    "Holiday",
    "HostFeedback",
    "HostLink",
    "HostNotice",
    "HostUnit",
    "Level",
    "LineDecision",
    "LinkRefused",
    "Mark",
    "Means",
    "NotCounted",
    "NotNow",
    "NoticeAnswer",
    "NoticeLine",
    "Nudge",
    "Officer",
    "OfficerPlan",
    "OfficerYear",
    "Purpose",
    "Quarter",
    "QuarterReport",
    "Recommendation",
    "Refused",
    "Remark",
    "ReturnDecision",
    "Stale",
    "Stateful",
    "SubQuota",
    "UnitAssignment",
    "UnknownVerb",
    "Variance",
    "Verdict",
    "Visit",
    "VisitDay",
    "VisitResult",
    "YearRule",
    "confirm_presence",
    "day_figures",
    "day_kinds",
    "tally",
    "years_of",
]
