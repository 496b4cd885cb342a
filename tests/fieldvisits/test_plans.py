"""The officer's plan and the department plan as models: starting, copying, lateness, and what a return resets."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import Membership, Role, RoleGrant
from fieldvisits.models import DepartmentPlan, Event, NotNow, Officer, OfficerPlan, VisitDay
from fieldvisits.models.officers import places_in

from ..factories import make_department_plan, make_line, make_plan, make_quarter, make_unit


def states(*plans):
    return [type(p).objects.get(pk=p.pk).state for p in plans]


def test_starting_twice_is_one_plan(cast):
    quarter = make_quarter(cast)
    assert OfficerPlan.objects.start(cast.officer, quarter) == OfficerPlan.objects.start(
        cast.officer, quarter
    )


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("driver", NotNow),
        ("executive", PermissionDenied),
        ("administrator", PermissionDenied),
        ("central", PermissionDenied),
        ("stranger", PermissionDenied),
    ],
)
def test_who_does_not_register_cannot_start(cast, who, refusal):
    with pytest.raises(refusal):
        OfficerPlan.objects.start(cast.people[who], make_quarter(cast))
    assert not OfficerPlan.objects.exists()


def test_nothing_starts_before_registration_opens(cast):
    with pytest.raises(NotNow):
        OfficerPlan.objects.start(cast.officer, make_quarter(cast, opened=False))


def test_an_empty_plan_cannot_be_sent(cast):
    plan = OfficerPlan.objects.start(cast.officer, make_quarter(cast))
    with pytest.raises(NotNow):
        plan.perform("submit", by=cast.officer)
    assert Event.objects.of(plan).count() == 0


@pytest.mark.parametrize(
    "spoil",
    [
        {"starts": None},
        {"ends": None},
        {"unit": None},
        {"group": None},
        {"content": ""},
        {"unparsed": {"starts": "31/02/2026"}},
        {"starts": date(2025, 12, 31), "ends": date(2026, 1, 2)},
        {"starts": date(2026, 3, 31), "ends": date(2026, 4, 1)},
    ],
)
def test_an_unsound_line_blocks_sending_and_is_named(cast, spoil):
    plan = make_plan(cast)
    line = plan.lines.get()
    for name, value in spoil.items():
        setattr(line, name, value)
    line.save()
    with pytest.raises(NotNow) as told:
        plan.perform("submit", by=cast.officer)
    assert "1" in str(told.value)


def test_a_unit_that_ended_before_the_visit_blocks_sending_and_names_its_successor(cast):
    plan = make_plan(cast)
    unit = plan.lines.get().unit
    unit.valid_to = date(2026, 1, 20)
    unit.save()
    unit.successors.add(make_unit(cast, "Đoàn xã Bình Yên"))
    with pytest.raises(NotNow, match="Đoàn xã Bình Yên"):
        plan.perform("submit", by=cast.officer)


def test_days_follow_the_dates(cast):
    line = make_plan(cast).lines.get()
    assert list(line.days.order_by("date").values_list("date", flat=True)) == [
        date(2026, 1, 20),
        date(2026, 1, 21),
    ]
    line.starts, line.ends = date(2026, 1, 21), date(2026, 1, 23)
    line.save()
    line.write_days()
    assert list(line.days.order_by("date").values_list("date", flat=True)) == [
        date(2026, 1, d) for d in (21, 22, 23)
    ]


def test_the_database_counts_a_day_once(cast):
    plan = make_plan(cast, lines=2)
    first, second = plan.lines.order_by("pk")
    day = date(2026, 1, 20)
    VisitDay.objects.filter(visit=first, date=day).update(present=True, counted=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitDay.objects.create(visit=second, officer=cast.officer, date=day, present=True, counted=True)


@pytest.mark.parametrize(
    ("when", "late"),
    [("2026-01-05T23:59:00+07:00", False), ("2026-01-06T00:01:00+07:00", True)],
)
def test_late_begins_the_day_after_the_due_date(cast, now, when, late):
    plan = make_plan(cast)
    now.move_to(when)
    if late:
        with pytest.raises(NotNow):
            plan.perform("submit", by=cast.officer)
    plan.perform("submit", by=cast.officer, comment="Đi tập huấn" if late else "")
    assert (plan.late, bool(plan.late_reason)) == (late, late)


def test_sending_again_after_a_return_is_not_late(cast, now):
    plan = make_plan(cast, state="returned")
    now.move_to("2026-01-20T09:00:00+07:00")
    plan.perform("submit", by=cast.officer)
    assert (plan.late, plan.submitted_on) == (False, date(2026, 1, 3))


def test_a_suspended_quarter_holds_everything_and_makes_nobody_late(cast, now):
    plan = make_plan(cast, state="submitted")
    plan.quarter.perform("suspend", by=cast.coordinator, comment="Dịch Covid-19")
    now.move_to("2026-02-20T09:00:00+07:00")
    with pytest.raises(NotNow, match="Covid"):
        OfficerPlan.objects.get(pk=plan.pk).perform("endorse", by=cast.head)
    assert not OfficerPlan.objects.get(pk=plan.pk).is_overdue()


def test_lines_of_an_earlier_quarter_move_by_whole_weeks(cast):
    earlier = make_plan(cast, quarter=make_quarter(cast), lines=0)
    unit = make_unit(cast)
    for first in (date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 30)):
        make_line(earlier, unit, first)
    earlier.lines.first().companions.add(cast.colleague)
    later = make_plan(cast, quarter=make_quarter(cast, number=2), lines=0)
    assert later.copy_lines_from(earlier) == 3
    # Thursday → Thursday, Monday → Monday; 30 March + 13 weeks would end on 30 June + 0: still inside
    assert list(later.lines.in_order().values_list("starts", "ends")) == [
        (date(2026, 4, 2), date(2026, 4, 3)),
        (date(2026, 5, 4), date(2026, 5, 5)),
        (date(2026, 6, 29), date(2026, 6, 30)),
    ]
    assert later.lines.in_order().first().companions.get() == cast.colleague
    assert VisitDay.objects.filter(visit__plan=later).count() == 6


def test_copied_lines_stay_inside_the_new_quarter(cast):
    earlier = make_plan(cast, quarter=make_quarter(cast, number=2), lines=0)
    make_line(earlier, make_unit(cast), date(2026, 6, 29), days=2)
    make_line(earlier, make_unit(cast), date(2026, 4, 1), days=90)
    later = make_plan(cast, quarter=make_quarter(cast, number=3), lines=0)
    later.copy_lines_from(earlier)
    for line in later.lines.all():
        assert later.quarter.starts <= line.starts <= line.ends <= later.quarter.ends


def test_a_line_cannot_be_added_to_a_sent_plan(cast):
    with pytest.raises(NotNow):
        make_plan(cast, state="submitted").add_line()


def test_the_copy_at_sending_keeps_what_was_registered(cast):
    plan = make_plan(cast, state="returned")
    line = plan.lines.get()
    line.content = "Nội dung mới"
    line.save()
    plan.perform("submit", by=cast.officer)
    first, _returned, second = Event.objects.of(plan)
    assert first.copy[0]["content"] == "Khảo sát, nắm tình hình chi đoàn"
    assert second.copy[0]["content"] == "Nội dung mới"


# --- exactly the steps above the return point are reset --------------------------------------------------------------------


def test_returned_by_the_coordinator_the_plans_are_agreed_again(cast):
    paper = make_department_plan(cast, "returned", [cast.officer, cast.colleague])
    plans = OfficerPlan.objects.filter(department=cast.movement)
    assert [p.state for p in plans] == ["endorsed", "endorsed"]
    assert [p.department_plan for p in plans] == [None, None]
    assert paper.met_on is not None


def test_sending_again_is_the_same_paper(cast):
    paper = make_department_plan(cast, "returned")
    again = DepartmentPlan.objects.open_for(paper.quarter, paper.department)
    assert again == paper
    again.perform("send", by=cast.head, comment="Đã bổ sung", met_on=paper.met_on)
    assert states(again) == ["sent"]


def test_a_late_officer_goes_up_in_a_supplement(cast):
    main = make_department_plan(cast, "sent")
    late = make_plan(cast, cast.colleague, state="endorsed")
    supplement = DepartmentPlan.objects.open_for(main.quarter, main.department)
    assert (supplement.pk, supplement.sequence) == (None, 1)
    supplement.save()
    supplement.perform("send", by=cast.head, comment="Bổ sung", met_on=main.met_on)
    late.refresh_from_db()
    assert late.department_plan == supplement
    assert main.officer_plans.count() == 1


def test_one_officer_withdraws_and_the_rest_stay_up(cast):
    paper = make_department_plan(cast, "forwarded", [cast.officer, cast.colleague])
    plan = OfficerPlan.objects.get(officer=cast.officer)
    plan.perform("withdraw", by=cast.officer)
    assert states(plan, paper) == ["draft", "forwarded"]
    assert paper.officer_plans.get().officer == cast.colleague


def test_the_only_plan_cannot_leave_a_department_plan(cast):
    make_department_plan(cast, "sent")
    with pytest.raises(NotNow):
        OfficerPlan.objects.get(officer=cast.officer).perform("withdraw", by=cast.officer)


def test_what_cannot_be_sent_up_yet_says_why(cast):
    make_plan(cast, state="submitted")
    paper = DepartmentPlan.objects.open_for(make_quarter(cast), cast.movement)
    paper.save()
    with pytest.raises(NotNow, match="Nguyễn Văn An"):
        paper.perform("send", by=cast.head, comment="x", met_on=date(2026, 1, 3))
    OfficerPlan.objects.get().perform("endorse", by=cast.head)
    for met_on in (None, date(2026, 1, 4)):
        with pytest.raises(NotNow):
            paper.perform("send", by=cast.head, comment="x", met_on=met_on)
    with pytest.raises(NotNow, match="Trần Thị Bình"):
        paper.perform("send", by=cast.head, met_on=date(2026, 1, 3))


def test_nobody_met_about_a_quarter_before_it_opened(cast):
    """Registration for quarter I opens on 12/12/2025 by the rule; the coordinator may have opened it earlier."""
    with time_machine.travel("2025-11-20T23:30:00+07:00", tick=False):
        quarter = make_quarter(cast, opened=False)
        assert quarter.why_before_opening(date(2025, 12, 12)) is None
        assert "12/12/2025" in quarter.why_before_opening(date(2025, 12, 11))
        quarter.perform("open", by=cast.coordinator)
    assert quarter.why_before_opening(date(2025, 11, 20)) is None
    make_plan(cast, state="endorsed")
    paper = DepartmentPlan.objects.open_for(quarter, cast.movement)
    paper.save()
    for met_on in (date(2025, 11, 19), date(1, 1, 1)):
        with pytest.raises(NotNow, match="20/11/2025"):
            paper.perform("send", by=cast.head, comment="x", met_on=met_on)
    paper.perform("send", by=cast.head, comment="x", met_on=date(2025, 11, 20))


# --- who is in scope ----------------------------------------------------------------------------------------------------------


def test_the_department_of_the_quarters_first_day_answers(cast):
    Membership.objects.filter(user=cast.officer).update(valid_to=date(2026, 2, 1))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 2, 2))
    where = {p.officer.pk: p.department for p in places_in(make_quarter(cast))}
    assert where[cast.officer.pk] == cast.movement
    where = {p.officer.pk: p.department for p in places_in(make_quarter(cast, number=2))}
    assert where[cast.officer.pk] == cast.building


def test_who_is_an_officer_no_more_is_out_of_scope_whatever_else_they_are(cast):
    cast.colleague.grants.update(valid_to=date(2025, 12, 31))
    RoleGrant.objects.create(
        user=cast.colleague, role=Role.EXECUTIVE, province=cast.province, valid_from=date(2020, 1, 1)
    )
    assert cast.colleague not in [p.officer for p in places_in(make_quarter(cast))]


def test_scope_leaves_out_the_driver_and_excuses_who_is_away_all_quarter(cast):
    cast.colleague.exemptions.create(
        kind="maternity",
        reason="Nghỉ thai sản",
        decision="12-QĐ",
        valid_from="2025-12-01",
        valid_to="2026-05-31",
    )
    places = places_in(make_quarter(cast), cast.movement)
    # by given name: An, Bình, Chi, Dũng
    assert [(str(p.officer), bool(p.excused)) for p in places] == [
        ("Nguyễn Văn An", False),
        ("Trần Thị Bình", True),
        ("Lê Thị Chi", False),
        ("Phạm Văn Dũng", False),
    ]


def test_the_years_figures_count_a_date_once(cast):
    paper = make_department_plan(cast, "approved", lines=2)
    plan = paper.officer_plans.get()
    _first, second = plan.lines.in_order()
    VisitDay.objects.filter(visit=second).delete()
    VisitDay.objects.create(visit=second, officer=cast.officer, date=date(2026, 1, 20))
    VisitDay.objects.create(visit=second, officer=cast.officer, date=date(2026, 1, 27))
    figures = Officer.objects.with_days(plan.quarter.rule).get(pk=cast.officer.pk)
    assert (figures.registered, figures.approved, figures.accepted, figures.ahead) == (3, 3, 0, 3)
    balance = figures.balance(plan.quarter.rule, plan)
    assert (
        balance.this_quarter,
        balance.accepted,
        balance.approved_ahead,
        balance.required,
        balance.missing,
    ) == (
        3,
        0,
        3,
        60,
        57,
    )
    with time_machine.travel("2026-01-21T09:00:00+07:00", tick=False):
        assert Officer.objects.with_days(plan.quarter.rule).get(pk=cast.officer.pk).ahead == 2
