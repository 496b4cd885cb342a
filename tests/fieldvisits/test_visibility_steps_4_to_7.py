"""What each person sees of each paper of steps 4 to 7 in each state (domain section 1), typed by hand.

The administrator sees no paper and the reviewer of the Central Union only annual reports that were sent: neither is named
anywhere else.
"""

from datetime import date

import pytest

from accounts import clock
from accounts.models import Delegation, Role, RoleGrant, User
from fieldvisits.models import (
    AdHocRequest,
    Attachment,
    ChangeRequest,
    DepartmentReport,
    HostFeedback,
    HostLink,
    HostNotice,
    QuarterReport,
    Recommendation,
    Visit,
    VisitResult,
    confirm_presence,
)
from reports.models import AnnualReport

from ..factories import (
    make_adhoc,
    make_annual_report,
    make_department_report,
    make_notice,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)
from . import test_workflow_matrix_carrying_out as carrying_out
from . import test_workflow_matrix_results as results
from .test_visibility import DESKS, LEADERS, WORKING, who_sees

READERS = {"officer"} | LEADERS | DESKS
STRANGERS = {"stranger", "strange_head", "strange_coordinator", "strange_member"}

SEES_CHANGE = {
    "draft": {"officer"},
    "submitted": READERS,
    "returned": READERS,
    "granted": READERS,
    "refused": READERS,
    "withdrawn": READERS,
}
SEES_ADHOC = {
    "draft": {"officer"},
    "submitted": READERS,
    "returned": READERS,
    "endorsed": READERS,
    "consented": READERS | {"executive"},
    "refused": READERS,
    "withdrawn": READERS,
}
SEES_REPORT = {
    "draft": {"officer"},
    "submitted": READERS,
    "returned": READERS,
    "accepted": READERS | {"executive"},
}
SEES_DEPARTMENT_REPORT = {
    "draft": LEADERS,
    "sent": LEADERS | DESKS,
    "returned": LEADERS | DESKS,
    "forwarded": LEADERS | DESKS,
    "noted": LEADERS | DESKS | {"executive"},
}
SEES_ANNUAL_REPORT = {
    "draft": DESKS,
    "submitted": DESKS,
    "approved": DESKS | {"executive"},
    "sent": DESKS | {"executive", "central"},
}


@pytest.mark.parametrize("state", SEES_CHANGE)
def test_a_change_request(cast, state):
    made = carrying_out.make(cast, "change", state)
    assert who_sees(cast, ChangeRequest, made) == SEES_CHANGE[state]


def test_a_change_request_before_the_committee(cast):
    assert (
        who_sees(cast, ChangeRequest, carrying_out.make(cast, "change of the unit", "forwarded")) == READERS
    )


@pytest.mark.parametrize("state", SEES_ADHOC)
def test_an_ad_hoc_request_and_its_visit(cast, state):
    made = carrying_out.make(cast, "ad-hoc", state)
    assert who_sees(cast, AdHocRequest, made) == SEES_ADHOC[state]
    assert who_sees(cast, Visit, made.visit) == SEES_ADHOC[state]


def test_an_ad_hoc_request_that_waits_for_its_confirmation(cast):
    made = carrying_out.make(cast, "ad-hoc by word", "to_confirm")
    assert who_sees(cast, AdHocRequest, made) == READERS


@pytest.mark.parametrize("state", SEES_REPORT)
def test_a_result_and_its_evidence(cast, state):
    result = make_result(cast, state=state)
    file = Attachment.objects.create(
        result=result,
        file="a.pdf",
        name="Biên bản.pdf",
        mime="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_by=cast.officer,
        at=clock.now(),
    )
    assert who_sees(cast, VisitResult, result) == SEES_REPORT[state]
    assert who_sees(cast, Attachment, file) == SEES_REPORT[state]


@pytest.mark.parametrize("state", ["submitted", "accepted"])
def test_a_result_the_head_passed_to_the_results_desk(cast, state):
    result = results.make(cast, "head's result put up", state)
    readers = LEADERS | DESKS | ({"executive"} if state == "accepted" else set())
    assert who_sees(cast, VisitResult, result) == readers


@pytest.mark.parametrize("state", SEES_REPORT)
def test_a_quarter_report(cast, state):
    assert who_sees(cast, QuarterReport, make_quarter_report(cast, state=state)) == SEES_REPORT[state]


@pytest.mark.parametrize("state", SEES_DEPARTMENT_REPORT)
def test_a_department_report(cast, state):
    made = make_department_report(cast, state)
    assert who_sees(cast, DepartmentReport, made) == SEES_DEPARTMENT_REPORT[state]


@pytest.mark.parametrize("state", SEES_ANNUAL_REPORT)
def test_an_annual_report(cast, state):
    assert who_sees(cast, AnnualReport, make_annual_report(cast, state)) == SEES_ANNUAL_REPORT[state]


@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "sent"])
def test_the_other_provinces_annual_report(cast, state):
    """Of any province, and only once it is sent."""
    made = make_annual_report(cast, state)
    AnnualReport.objects.filter(pk=made.pk).update(province=cast.other_province)
    there = {"strange_coordinator", "strange_member"} | ({"central"} if state == "sent" else set())
    assert who_sees(cast, AnnualReport, made) - DESKS == there


@pytest.mark.parametrize(
    ("state", "readers"), [("approved", {"executive"}), ("sent", {"executive", "central"})]
)
def test_reopening_an_annual_report_takes_it_from_nobody(cast, state, readers):
    """What they read of it then is the edition approved, or sent, last (``as_read_by``)."""
    made = make_annual_report(cast, state)
    made.perform("reopen", by=cast.member, comment="Sai số liệu")
    assert who_sees(cast, AnnualReport, made) == DESKS | readers


@pytest.mark.parametrize("state", ["open", "in_progress", "settled", "passed_up", "dropped"])
def test_a_recommendation_is_known_to_everybody_who_works_in_the_province(cast, state):
    assert who_sees(cast, Recommendation, make_recommendation(cast, state=state)) == WORKING


@pytest.mark.parametrize("state", ["draft", "submitted", "returned"])
def test_a_noted_recommendation_is_read_with_its_result(cast, state):
    made = make_recommendation(cast, make_result(cast, state=state))
    assert who_sees(cast, Recommendation, made) == SEES_REPORT[state]


def test_a_notice_is_read_by_leaders_desks_and_whom_it_announces(cast):
    assert who_sees(cast, HostNotice, make_notice(cast)) == READERS


def test_a_notice_of_the_other_province(cast):
    notice = make_notice(cast, make_visit(cast, cast.stranger))
    assert who_sees(cast, HostNotice, notice) == STRANGERS


def test_what_a_unit_said_is_read_with_its_visit(cast, now):
    visit = make_visit(cast)
    link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)
    now.move_to("2026-01-23T09:00:00+07:00")
    marks = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")
    said = confirm_presence(link, visit, [date(2026, 1, 20)], given_by="Bí thư", **dict.fromkeys(marks, 3))
    assert who_sees(cast, HostFeedback, said) == READERS | {"executive"}


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (VisitResult, lambda cast: make_result(cast, make_visit(cast, cast.stranger), "submitted")),
        (AdHocRequest, lambda cast: make_adhoc(cast, cast.stranger)),
        (QuarterReport, lambda cast: make_quarter_report(cast, cast.stranger, state="submitted")),
    ],
)
def test_nobody_sees_the_other_province(cast, model, make):
    from ..factories import make_quarter

    make_quarter(cast, there=True)
    if model is QuarterReport:
        report = make_quarter_report(cast, cast.stranger, make_quarter(cast, there=True), "submitted")
        assert who_sees(cast, model, report) == STRANGERS
        return
    assert who_sees(cast, model, make(cast)) == STRANGERS


# -- who decided keeps sight ------------------------------------------------------------------------------------------------


def ended(cast, who, role):
    """The person after their role has ended."""
    RoleGrant.objects.filter(user=who, role=role).update(valid_to="2026-01-02")
    return User.objects.get(pk=who.pk)


@pytest.mark.parametrize(
    ("model", "make", "who", "role"),
    [
        (ChangeRequest, lambda c: carrying_out.make(c, "change", "refused"), "head", Role.HEAD),
        (AdHocRequest, lambda c: carrying_out.make(c, "ad-hoc", "consented"), "member", Role.COMMITTEE),
        (VisitResult, lambda c: make_result(c, state="accepted"), "head", Role.HEAD),
        (QuarterReport, lambda c: make_quarter_report(c, state="returned"), "head", Role.HEAD),
        (DepartmentReport, lambda c: make_department_report(c, "noted"), "member", Role.COMMITTEE),
        (AnnualReport, lambda c: make_annual_report(c, "approved"), "member", Role.COMMITTEE),
    ],
)
def test_who_decided_keeps_sight_when_the_role_has_ended(cast, model, make, who, role):
    made = make(cast)
    former = ended(cast, cast.people[who], role)
    assert model.objects.visible_to(former).filter(pk=made.pk).exists()


def test_a_stand_in_keeps_sight_of_what_they_decided_and_of_nothing_else(cast):
    grant = RoleGrant.objects.get(user=cast.head, role=Role.HEAD)
    first, second = make_adhoc(cast), make_adhoc(cast, cast.colleague)
    grant.delegations.create(
        delegate=cast.other_officer, reason="Đi học", valid_from="2026-01-01", valid_to="2026-01-31"
    )
    first.perform("endorse", by=cast.other_officer)
    Delegation.objects.update(valid_to="2026-01-02")
    later = User.objects.get(pk=cast.other_officer.pk)
    assert set(AdHocRequest.objects.visible_to(later)) == {first}
    assert second.state == "submitted"


def test_what_somebody_accepted_is_out_of_their_sight_while_it_is_a_draft_again(cast, now):
    result = make_result(cast, state="submitted")
    now.move_to("2026-01-23T09:00:00+07:00")
    result.perform("return", by=cast.head, comment="Bổ sung")
    result.perform("submit", by=cast.officer)
    result.perform("withdraw", by=cast.officer)
    assert who_sees(cast, VisitResult, result) == {"officer"}
