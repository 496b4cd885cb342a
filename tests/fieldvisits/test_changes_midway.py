"""What happens to papers under way when people, departments and quarters change around them: nothing stays stuck."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Membership, User
from fieldvisits.models import DepartmentPlan, NotNow, OfficerPlan
from fieldvisits.models.officers import places_in
from tests.factories import close_meeting, make_department_plan, make_meeting, make_plan, make_quarter

TODAY = date(2026, 1, 3)


def afresh(user):
    """The person as of the next request: powers are loaded once for the life of the object."""
    return User.objects.get(pk=user.pk)


def plan_of(user):
    return OfficerPlan.objects.get(officer=user)


def send_up(cast, by):
    """Send the open department plan of Ban Phong trào up to the Standing Committee."""
    paper = DepartmentPlan.objects.open_for(make_quarter(cast), cast.movement)
    paper.save()
    paper.perform("send", by=by, comment="Ban đã họp thống nhất", met_on=TODAY)
    paper.perform("forward", by=cast.coordinator)
    return paper


@pytest.mark.parametrize("returned", ["by the committee", "by the coordinator"])
def test_a_plan_returned_from_above_goes_up_in_a_supplement_and_is_decided(cast, returned):
    first = make_department_plan(cast, "sent", [cast.officer, cast.colleague])
    plan = plan_of(cast.officer)
    if returned == "by the coordinator":
        plan.perform("return", by=cast.coordinator, comment="Bổ sung kết quả dự kiến")
    first.perform("forward", by=cast.coordinator)
    meeting = make_meeting(cast, first.quarter)
    if returned == "by the committee":
        meeting.return_paper(plan, "Bổ sung kết quả dự kiến", by=cast.member.powers)
    meeting.agree_to_rest(first, by=cast.member.powers)
    close_meeting(meeting, cast.member)
    plan = plan_of(cast.officer)
    assert (plan.state, plan.department_plan, plan_of(cast.colleague).state) == ("returned", None, "approved")
    plan.perform("submit", by=cast.officer)
    plan.perform("endorse", by=cast.head)
    second = send_up(cast, cast.head)
    assert second.sequence == 1
    meeting = make_meeting(cast, first.quarter)
    meeting.agree_to_rest(second, by=cast.member.powers)
    close_meeting(meeting, cast.member)
    assert plan_of(cast.officer).state == "approved"
    assert set(DepartmentPlan.objects.values_list("sequence", "state")) == {(0, "approved"), (1, "approved")}


def test_a_department_all_of_whose_plans_were_returned_sends_the_same_paper_again(cast):
    paper = make_department_plan(cast, "forwarded", [cast.officer, cast.colleague])
    meeting = make_meeting(cast, paper.quarter)
    for officer in (cast.officer, cast.colleague):
        meeting.return_paper(plan_of(officer), "Bổ sung", by=cast.member.powers)
    close_meeting(meeting, cast.member)
    paper.refresh_from_db()
    assert (paper.state, paper.officer_plans.count()) == ("returned", 0)
    for officer in (cast.officer, cast.colleague):
        plan_of(officer).perform("submit", by=officer)
        plan_of(officer).perform("endorse", by=cast.head)
    again = send_up(cast, cast.head)
    assert (again, again.officer_plans.count()) == (paper, 2)


def test_an_officer_who_leaves_holds_nobody_up(cast):
    make_plan(cast, state="endorsed")
    gone = make_plan(cast, cast.colleague, state="submitted")
    User.objects.filter(pk=cast.colleague.pk).update(is_active=False)
    with pytest.raises(NotNow, match="Trần Thị Bình"):
        send_up(cast, cast.head)
    gone.perform("return", by=cast.head, comment="Đã chuyển công tác")
    paper = send_up(cast, cast.head)
    assert cast.colleague not in paper.missing()
    assert [p.officer for p in paper.officer_plans.all()] == [cast.officer]


def test_an_officer_who_moves_finishes_the_quarter_where_it_began(cast):
    plan = make_plan(cast, state="submitted")
    Membership.objects.filter(user=cast.officer).update(valid_to=date(2026, 1, 2))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=TODAY)
    with pytest.raises(PermissionDenied):
        plan.perform("endorse", by=cast.other_head)
    assert plan not in OfficerPlan.objects.visible_to(afresh(cast.other_head))
    plan.perform("return", by=cast.head, comment="Bổ sung")
    plan.perform("submit", by=cast.officer)
    plan.perform("endorse", by=cast.head)
    assert send_up(cast, cast.head).officer_plans.get() == plan


def test_when_the_head_leaves_the_deputy_goes_on_and_after_both_whoever_is_appointed(cast):
    plan = make_plan(cast, state="submitted")
    cast.head.grants.update(valid_to=date(2026, 1, 2))
    with pytest.raises(PermissionDenied):
        plan.perform("endorse", by=cast.head)
    own = make_plan(cast, cast.deputy, state="submitted")
    plan.perform("endorse", by=cast.deputy)
    with pytest.raises(PermissionDenied):
        own.perform("endorse", by=cast.deputy)
    cast.colleague.grants.create(
        role="head", province=cast.province, department=cast.movement, valid_from=TODAY
    )
    own.perform("endorse", by=cast.colleague)
    assert send_up(cast, cast.deputy).officer_plans.count() == 2


def test_leaders_of_the_department_it_was_merged_into_carry_on_its_papers(cast):
    plan = make_plan(cast, state="submitted")
    cast.movement.valid_to, cast.movement.successor = date(2026, 1, 2), cast.building
    cast.movement.save()
    cast.head.grants.update(valid_to=date(2026, 1, 2))
    assert plan in OfficerPlan.objects.visible_to(afresh(cast.other_head))
    plan.perform("endorse", by=cast.other_head)
    paper = send_up(cast, cast.other_head)
    assert paper.department == cast.movement
    meeting = make_meeting(cast, paper.quarter)
    meeting.agree_to_rest(paper, by=cast.member.powers)
    close_meeting(meeting, cast.member)
    assert plan_of(cast.officer).state == "approved"


def test_a_quarter_suspended_midway_goes_on_where_it_stood(cast):
    paper = make_department_plan(cast, "forwarded")
    draft = make_plan(cast, cast.colleague)
    meeting = make_meeting(cast, paper.quarter)
    meeting.agree_to_rest(paper, by=cast.member.powers)
    quarter = paper.quarter
    quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    for stopped in (
        lambda: draft.perform("submit", by=cast.colleague),
        lambda: plan_of(cast.officer).perform("withdraw", by=cast.officer),
        lambda: paper.perform("recall", by=cast.coordinator),
        lambda: close_meeting(meeting, cast.member),
    ):
        with pytest.raises(NotNow, match="Dịch bệnh"):
            stopped()
    quarter.perform("resume", by=cast.coordinator)
    draft.perform("submit", by=cast.colleague)
    close_meeting(meeting, cast.member)
    assert (draft.state, plan_of(cast.officer).state) == ("submitted", "approved")


def test_a_plan_sent_before_an_exemption_was_entered_is_still_decided(cast):
    paper = make_department_plan(cast, "forwarded")
    cast.officer.exemptions.create(
        kind="illness", reason="Điều trị", decision="QĐ 9", valid_from="2026-01-01", valid_to="2026-03-31"
    )
    [place] = [p for p in places_in(paper.quarter) if p.officer == cast.officer]
    assert place.excused
    meeting = make_meeting(cast, paper.quarter)
    meeting.agree_to_rest(paper, by=cast.member.powers)
    close_meeting(meeting, cast.member)
    assert plan_of(cast.officer).state == "approved"
