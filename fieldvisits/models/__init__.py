"""What: the rules of the year, the host units, the plans and the decisions on them."""

from .base import Event, NotNow, Refused, Stale, Stateful, UnknownVerb
from .decisions import Decision
from .hosts import HostUnit, Level, UnitAssignment
from .marks import LineDecision, ReturnDecision, Verdict
from .officers import Officer
from .plans import DepartmentPlan, OfficerPlan
from .regime import Exemption, Holiday, Nudge, Quarter, SubQuota, YearRule
from .visits import ContentGroup, Remark, Visit, VisitDay

__all__ = [
    "ContentGroup",
    "Decision",
    "DepartmentPlan",
    "Event",
    "Exemption",
    "Holiday",
    "HostUnit",
    "Level",
    "LineDecision",
    "NotNow",
    "Nudge",
    "Officer",
    "OfficerPlan",
    "Quarter",
    "Refused",
    "Remark",
    "ReturnDecision",
    "Stale",
    "Stateful",
    "SubQuota",
    "UnitAssignment",
    "UnknownVerb",
    "Verdict",
    "Visit",
    "VisitDay",
    "YearRule",
]
