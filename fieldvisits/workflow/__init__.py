"""The process as one table. Start reading here.

For every kind of paper: its states, and each transition - verb, button, from, to, who, what must hold, whether a comment is
needed, which of the seven steps it belongs to. ``Stateful.perform`` (``models/base.py``) executes this table and nothing else
changes a state; buttons, addresses, the labels of the history and the matrix in the README are derived from it.

*Who* answers with the capacities of a person (``permissions.py``); *needs* are guards that answer with a sentence for people
when it is not yet time; *applies* names what must be true of a paper for the row to be there at all; *then* names the paper's
method that carries the consequences inside the same transaction. Transitions marked ``internal`` have no button: they follow
from another paper's transition (a department plan takes its officers' plans along), which has already been checked.

The rows stand in the order of the steps: ``planning`` (1-3), ``visits`` (lines and what becomes of them), ``carrying_out``
(4), ``results`` (6), ``year`` (7). Step 5, the letters to the host units, is correspondence: no paper moves in it.
"""

from .carrying_out import ADHOC_REQUEST, CHANGE_REQUEST, AdHocState, ChangeState
from .planning import (
    DECISION,
    DEPARTMENT_PLAN,
    OFFICER_PLAN,
    QUARTER,
    DecisionState,
    DepartmentPlanState,
    OfficerPlanState,
    QuarterState,
)
from .results import (
    DEPARTMENT_REPORT,
    QUARTER_REPORT,
    RECOMMENDATION,
    VISIT_RESULT,
    DepartmentReportState,
    QuarterReportState,
    RecommendationState,
    ResultState,
)
from .table import Comment, Flow, State, Transition
from .visits import VISIT, VisitState
from .year import ANNUAL_REPORT, AnnualReportState

FLOWS = (
    QUARTER,
    OFFICER_PLAN,
    VISIT,
    DEPARTMENT_PLAN,
    DECISION,
    CHANGE_REQUEST,
    ADHOC_REQUEST,
    VISIT_RESULT,
    RECOMMENDATION,
    QUARTER_REPORT,
    DEPARTMENT_REPORT,
    ANNUAL_REPORT,
)

__all__ = [
    "ADHOC_REQUEST",
    "ANNUAL_REPORT",
    "CHANGE_REQUEST",
    "DECISION",
    "DEPARTMENT_PLAN",
    "DEPARTMENT_REPORT",
    "FLOWS",
    "OFFICER_PLAN",
    "QUARTER",
    "QUARTER_REPORT",
    "RECOMMENDATION",
    "VISIT",
    "VISIT_RESULT",
    "AdHocState",
    "AnnualReportState",
    "ChangeState",
    "Comment",
    "DecisionState",
    "DepartmentPlanState",
    "DepartmentReportState",
    "Flow",
    "OfficerPlanState",
    "QuarterReportState",
    "QuarterState",
    "RecommendationState",
    "ResultState",
    "State",
    "Transition",
    "VisitState",
]
