"""Papers for tests. A paper reaches a state only by legal moves, made by the people of the cast."""

from __future__ import annotations

from datetime import date, timedelta

from accounts import clock
from accounts.models import User
from fieldvisits.models import (
    Decision,
    DepartmentPlan,
    HostUnit,
    OfficerPlan,
    Quarter,
    Visit,
    YearRule,
)

from .cast import SINCE, Cast


def make_quarter(
    cast: Cast, year: int = 2026, number: int = 1, *, opened: bool = True, there: bool = False
) -> Quarter:
    """A quarter of the cast's province (of the other one with ``there``), with its year's rule; open unless told otherwise."""
    province = cast.other_province if there else cast.province
    rule = YearRule.objects.filter(province=province, year=year).first()
    if rule is None:
        rule = YearRule.draft(province, year)
        rule.establish()
    quarter = Quarter.objects.select_related("province").get(province=province, year=year, number=number)
    if opened and quarter.state == "scheduled":
        quarter.perform("open", by=cast.strange_coordinator if there else cast.coordinator)
    return quarter


def make_unit(cast: Cast, name: str = "Huyện đoàn Định Hóa", *, there: bool = False, **more) -> HostUnit:
    """A host unit, valid since 2020."""
    province = cast.other_province if there else cast.province
    values = {"code": f"u{HostUnit.objects.count() + 1}", "level": "district", "valid_from": SINCE} | more
    return HostUnit.objects.create(province=province, name=name, **values)


def make_line(plan: OfficerPlan, unit: HostUnit, first: date | None = None, days: int = 2, **more) -> Visit:
    """A complete line of ``days`` days from ``first`` (the quarter's 20th day when not given)."""
    first = first or plan.quarter.starts + timedelta(days=19)
    values = {
        "group": 1,
        "content": "Khảo sát, nắm tình hình chi đoàn",
        "expected": "Báo cáo khảo sát",
    } | more
    return plan.add_line(starts=first, ends=first + timedelta(days=days - 1), unit=unit, **values)


def make_plan(
    cast: Cast,
    officer: User | None = None,
    quarter: Quarter | None = None,
    state: str = "draft",
    lines: int = 1,
    **more,
) -> OfficerPlan:
    """A plan of ``officer`` in ``state``: draft, submitted, returned, endorsed - later states need a department plan (below)."""
    officer = officer or cast.officer
    there = officer.province_id == cast.other_province.pk
    quarter = quarter or make_quarter(cast, there=there)
    unit = HostUnit.objects.filter(province=officer.province).first() or make_unit(cast, there=there)
    plan = OfficerPlan.objects.start(officer, quarter)
    for n in range(lines):
        make_line(plan, unit, quarter.starts + timedelta(days=19 + 7 * n), **more)
    if state != "draft":
        late = plan.must_explain("submit")
        plan.perform("submit", by=officer, comment="Đi công tác" if late else "")
    if state == "returned":
        plan.perform("return", by=leader_for(cast, plan), comment="Bổ sung kết quả dự kiến")
    if state == "endorsed":
        plan.perform("endorse", by=leader_for(cast, plan))
    return plan


def leader_for(cast: Cast, plan: OfficerPlan) -> User:
    """Somebody who may decide on ``plan`` for its department."""
    if plan.department_id == cast.movement.pk:
        return cast.deputy if plan.officer_id == cast.head.pk else cast.head
    return cast.other_head if plan.department_id == cast.building.pk else cast.strange_head


def make_department_plan(
    cast: Cast,
    state: str = "sent",
    officers: list[User] | None = None,
    quarter: Quarter | None = None,
    lines: int = 1,
) -> DepartmentPlan:
    """A department plan in ``state`` (draft, sent, returned, forwarded, approved) with the plans of ``officers``."""
    officers = officers or [cast.officer]
    plans = [make_plan(cast, officer, quarter, "endorsed", lines) for officer in officers]
    quarter, department = plans[0].quarter, plans[0].department
    paper = DepartmentPlan.objects.open_for(quarter, department)
    paper.save()
    there = department.pk == cast.other_department.pk
    coordinator = cast.strange_coordinator if there else cast.coordinator
    if state != "draft":
        paper.perform(
            "send", by=leader_for(cast, plans[0]), comment="Ban đã họp thống nhất", met_on=clock.today()
        )
    if state == "returned":
        paper.perform("return", by=coordinator, comment="Thiếu đơn vị đến")
    if state in ("forwarded", "approved"):
        paper.perform("forward", by=coordinator)
    if state == "approved":
        decision = make_meeting(cast, quarter)
        members = [cast.strange_member] if there else [cast.member, cast.second_member]
        for member in members:
            decision.agree_to_rest(paper, by=member.powers)
        close_meeting(decision, members[0])
    paper.refresh_from_db()
    return paper


def make_meeting(cast: Cast, quarter: Quarter) -> Decision:
    """A meeting in progress on the quarter."""
    there = quarter.province_id == cast.other_province.pk
    return Decision.objects.create(
        quarter=quarter, opened_by=cast.strange_member if there else cast.member, opened_at=clock.now()
    )


def close_meeting(decision: Decision, by: User) -> None:
    """End the meeting with its record."""
    decision.perform(
        "close", by=by, meeting_on=clock.today(), number="15-KL/TĐTN", conclusion="Thống nhất kế hoạch."
    )
