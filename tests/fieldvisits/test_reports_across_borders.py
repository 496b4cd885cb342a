"""Whose report a day belongs to when its officer moves to another department, or its visit reaches into the next quarter."""

from datetime import date

import pytest

from accounts.models import Membership, User
from fieldvisits.models import DepartmentReport, QuarterReport
from fieldvisits.pages.quarter_reports import department_sheet, officer_sheet

from ..factories import make_change, make_plan, make_quarter, make_result, make_visit

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def moved(cast, now):
    """20 and 21 January, planned in Ban Phong trào and accepted; the officer works in Ban Xây dựng Đoàn from 21 January on."""
    now.move_to("2026-02-20T09:00:00+07:00")
    visit = make_visit(cast)
    make_result(cast, visit, "accepted")
    Membership.objects.get(user=cast.officer).leave(date(2026, 1, 20))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 1, 21))
    return visit


def of(cast, department, leader):
    quarter = make_quarter(cast)
    return DepartmentReport.objects.start(quarter, department, by=User.objects.get(pk=leader.pk).powers)


@pytest.mark.parametrize(("where", "who"), [("movement", "head"), ("building", "other_head")])
def test_a_day_belongs_to_the_department_of_the_date(cast, moved, where, who):
    """As in the annual report and on the annual sheet: one day here, one day there."""
    leader = getattr(cast, who)
    report = of(cast, getattr(cast, where), leader)
    sheet = department_sheet(report, leader)
    days = {str(line.officer): line.days["accepted"] for line in sheet.officers}
    assert days["Nguyễn Văn An"] == 1
    assert report.figures()["accepted"] == sheet.days["accepted"] == 1
    assert {f.label: f.days for f in sheet.figures}["accepted"] == 1
    assert [g.days["accepted"] for g in sheet.groups] == [1]


def test_the_table_adds_up_to_the_figures_whoever_has_left(cast, now):
    """Days that are only registered, of somebody who no longer signs in and has no report."""
    make_plan(cast, state="submitted")
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    report = of(cast, cast.movement, cast.head)
    sheet = department_sheet(report, cast.head)
    assert report.figures()["registered"] == sheet.days["registered"] == 2
    assert "Nguyễn Văn An" in [str(line.officer) for line in sheet.officers]


@pytest.fixture
def across(cast, now):
    """30 March to 2 April, agreed to by the Standing Committee and accepted: two days in each quarter."""
    make_quarter(cast, 2026, 2, opened=False)
    visit = make_visit(cast)
    change = make_change(
        cast, visit, starts=date(2026, 3, 30), ends=date(2026, 4, 2), unit=visit.unit, state="submitted"
    )
    change.perform("endorse", by=cast.head)
    change.perform("grant", by=cast.member)
    visit.refresh_from_db()
    result = make_result(cast, visit, on=date(2026, 4, 3))
    now.move_to("2026-04-20T09:00:00+07:00")
    officer = User.objects.get(pk=cast.officer.pk)
    result.write(
        by=officer.powers, days=[date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]
    )
    result.perform("submit", by=officer)
    result.perform("accept", by=User.objects.get(pk=cast.head.pk))
    return visit


@pytest.mark.parametrize("number", [1, 2])
def test_a_visit_across_quarters_stands_in_both_reports_with_the_days_of_each(cast, across, number):
    quarter = make_quarter(cast, 2026, number)
    officer = User.objects.get(pk=cast.officer.pk)
    sheet = officer_sheet(QuarterReport.objects.start(officer, quarter), officer)
    assert {f.label: f.days for f in sheet.figures}["accepted"] == 2
    assert [(row.visit, row.present, row.counted) for row in sheet.carried_out] == [(across, 2, 2)]
    report = DepartmentReport.objects.start(
        quarter, cast.movement, by=User.objects.get(pk=cast.head.pk).powers
    )
    of_department = department_sheet(report, cast.head)
    assert of_department.days["accepted"] == 2
    assert [(row.visit, row.counted) for row in of_department.rows] == [(across, 2)]
