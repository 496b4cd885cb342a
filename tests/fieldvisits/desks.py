"""Where the random walks begin: something of every kind of paper waits for somebody."""

from datetime import date

from fieldvisits.models import FollowUp

from ..factories import (
    cut_off_by_today,
    make_adhoc,
    make_annual_report,
    make_change,
    make_department_plan,
    make_department_report,
    make_meeting,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

MORNING = "2026-01-24T09:00:00+07:00"
#: What people look through when they sit down to their papers.
DESKS = {
    "planning": ("plans", "department-plans", "decisions", "quarters"),
    "visits": ("visits",),
    "requests": ("changes", "adhoc"),
    "results": ("results", "recommendations"),
    "reports": ("quarter-reports", "department-reports", "annual-reports"),
}
#: What the walks together must have done, by kind of paper. Not all they do: these come up wherever the walks happen to lead
#: (any change of the walks' class leads them elsewhere).
MET = {
    "visits": {"approve", "consent", "drop", "close", "reinstate"},
    "changes": {"grant", "return", "withdraw"},
    "adhoc": {"submit", "consent", "confirm", "withdraw"},
    "results": {"submit", "withdraw", "accept", "return"},
    "recommendations": {"raise", "start", "settle", "pass_up", "drop", "reopen", "assign"},
    "quarter-reports": {"submit", "accept", "return"},
    "department-reports": {"send", "forward", "return"},
    "annual-reports": {"submit", "approve"},
}
CANCEL = {"kind": "cancel", "starts": None, "ends": None, "unit": None}


def papers_on_every_desk(cast, now):
    """What everybody finds on ``MORNING``; quarters I and II, and the two units there are."""
    first, second = make_quarter(cast), make_quarter(cast, number=2)
    unit, other_unit = make_unit(cast), make_unit(cast, "Huyện đoàn Võ Nhai")
    forwarded = make_department_plan(cast, "forwarded", [cast.other_officer, cast.coordinator], second)
    meeting = make_meeting(cast, second)
    for member in (cast.member, cast.second_member):
        meeting.agree_to_rest(forwarded, by=member.powers)
    now.move_to(MORNING)
    visits_and_results(cast)
    february = date(2026, 2, 3)
    make_change(cast, make_visit(cast, cast.officer, february))
    make_change(cast, make_visit(cast, cast.head, february), unit=other_unit)
    make_change(cast, make_visit(cast, cast.colleague, february), "forwarded")
    make_change(cast, make_visit(cast, cast.deputy, february), **CANCEL)
    for officer, state in (
        (cast.officer, "submitted"),
        (cast.deputy, "endorsed"),
        (cast.head, "to_confirm"),
        (cast.colleague, "to_confirm"),
    ):
        make_adhoc(cast, officer, state)
    for officer, state in ((cast.officer, "draft"), (cast.head, "submitted"), (cast.colleague, "submitted")):
        make_quarter_report(cast, officer, state=state)
    make_department_report(cast, "sent")
    cut_off_by_today(cast)
    make_annual_report(cast, "submitted")
    return first, second, unit, other_unit


def visits_and_results(cast):
    """20 and 21 January count for An; two more visits of hers on these days are reported. What the colleague recommended is
    open, and one of them has found it settled. The head has begun a result, the deputy none."""
    make_result(cast, make_visit(cast), "accepted")
    left = make_result(cast, make_visit(cast, cast.colleague, date(2026, 1, 12)))
    recommendation = make_recommendation(cast, left, "open")
    for day in (20, 21):
        result = make_result(cast, make_visit(cast, first=date(2026, 1, day)))
        make_recommendation(cast, result)
        if day == 21:
            FollowUp.objects.record(result, recommendation, found="settled", by=cast.officer.powers)
        result.perform("submit", by=cast.officer)
    make_result(cast, make_visit(cast, cast.head))
    make_visit(cast, cast.deputy)
