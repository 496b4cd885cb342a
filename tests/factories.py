"""Papers for tests. A paper reaches a state only by legal moves, made by the people of the cast."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts import clock
from accounts.models import User
from fieldvisits.models import (
    AdHocRequest,
    ChangeRequest,
    Decision,
    DepartmentPlan,
    DepartmentReport,
    HostNotice,
    HostUnit,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Recommendation,
    Visit,
    VisitResult,
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


def leader_for(cast: Cast, plan: OfficerPlan | Visit | QuarterReport) -> User:
    """Somebody who may decide on an officer's paper for its department."""
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


# -- steps 4-7 ---------------------------------------------------------------------------------------------------------------


def make_visit(
    cast: Cast, officer: User | None = None, first: date | None = None, days: int = 2, **more
) -> Visit:
    """An approved visit of ``officer`` (``officer`` of the cast) of ``days`` days from ``first`` (20 January 2026 when not given),
    agreed to by the head, the coordinator and the Standing Committee; the clock stays where it is."""
    officer = officer or cast.officer
    there = officer.province_id == cast.other_province.pk
    first = first or date(2026, 1, 20)
    quarter = make_quarter(cast, first.year, (first.month + 2) // 3, there=there)
    unit = more.pop("unit", None)
    unit = unit or HostUnit.objects.filter(province=officer.province).first() or make_unit(cast, there=there)
    plan = OfficerPlan.objects.filter(officer=officer, quarter=quarter).first()
    with clock.at(_morning(quarter.starts)):
        if plan is None:
            plan = OfficerPlan.objects.start(officer, quarter)
            line = make_line(plan, unit, first, days, **more)
            plan.perform("submit", by=officer)
            plan.perform("endorse", by=leader_for(cast, plan))
            paper = DepartmentPlan.objects.open_for(quarter, plan.department)
            paper.save()
            late = paper.must_explain("send")
            paper.perform(
                "send", by=leader_for(cast, plan), comment="Ban đã họp" if late else "", met_on=clock.today()
            )
            paper.perform("forward", by=cast.strange_coordinator if there else cast.coordinator)
            decision = make_meeting(cast, quarter)
            for member in [cast.strange_member] if there else [cast.member, cast.second_member]:
                decision.agree_to_rest(paper, by=member.powers)
            close_meeting(decision, cast.strange_member if there else cast.member)
        else:  # one more visit, beside the plan: what another line of the same plan would have become
            adhoc = make_adhoc(cast, officer, first=first, days=days, unit=unit, **more)
            adhoc.perform("endorse", by=leader_for(cast, adhoc.visit))
            adhoc.perform("consent", by=cast.second_member if officer == cast.member else cast.member)
            line = adhoc.visit
    return Visit.objects.get(pk=line.pk)


def first_day(away: int, days: int = 2) -> date:
    """The first of ``days`` days in a row, ``away`` days after today (before it when negative) - or a little further off, so that
    they lie in one quarter: a line of a plan does."""
    first, step = clock.today() + timedelta(days=away), timedelta(days=1 if away > 0 else -1)
    while (first.month - 1) // 3 != ((first + timedelta(days=days - 1)).month - 1) // 3:
        first += step
    return first


def make_change(cast: Cast, visit: Visit | None = None, state: str = "submitted", **values) -> ChangeRequest:
    """A change request in ``state``: submitted, returned, forwarded, granted, refused, withdrawn. By default one week later,
    which the head alone decides; forwarded ones change the unit."""
    visit = visit or make_visit(cast)
    week = timedelta(days=7)
    if state == "forwarded" and "unit" not in values:
        values["unit"] = make_unit(cast, "Huyện đoàn Võ Nhai", there=visit.officer == cast.stranger)
    values = {
        "kind": "reschedule",
        "starts": visit.starts + week,
        "ends": visit.ends + week,
        "unit": visit.unit,
        "reason": "Đơn vị bận đại hội",
    } | values
    request = ChangeRequest.objects.ask(visit, by=visit.officer.powers, **values)
    leader = leader_for(cast, visit)
    if state == "returned":
        request.perform("return", by=leader, comment="Chọn ngày khác")
    if state == "forwarded":
        request.perform("endorse", by=leader)
    if state == "granted":
        request.perform("grant", by=leader)
    if state == "refused":
        request.perform("refuse", by=leader, comment="Không thể lùi")
    if state == "withdrawn":
        request.perform("withdraw", by=visit.officer)
    return request


def make_adhoc(
    cast: Cast,
    officer: User | None = None,
    state: str = "submitted",
    *,
    first: date | None = None,
    days: int = 1,
    **more,
) -> AdHocRequest:
    """An ad-hoc request in ``state``: submitted, returned, endorsed, consented, refused, withdrawn - or to_confirm, agreed to by
    ``member`` by phone an hour ago. Ordinary ones begin tomorrow, the others today."""
    officer = officer or cast.officer
    there = officer.province_id == cast.other_province.pk
    make_quarter(cast, clock.today().year, (clock.today().month + 2) // 3, there=there)
    first = first or clock.today() + timedelta(days=0 if state == "to_confirm" else 1)
    unit = more.pop("unit", None) or HostUnit.objects.filter(province=officer.province).first()
    values = {
        "starts": first,
        "ends": first + timedelta(days=days - 1),
        "unit": unit or make_unit(cast, there=there),
        "group": 2,
        "content": "Hỗ trợ khắc phục hậu quả mưa lũ",
        "expected": "Đoàn viên tham gia dọn dẹp trường học",
    } | more
    if state == "to_confirm":
        values |= {
            "agreed_by": cast.strange_member if there else cast.member,
            "agreed_at": clock.now() - timedelta(hours=1),
            "agreed_how": "phone",
        }
    request = AdHocRequest.objects.ask(officer, by=officer.powers, **values)
    leader = leader_for(cast, request.visit)
    if state == "returned":
        request.perform("return", by=leader, comment="Ghi rõ nội dung")
    if state in ("endorsed", "consented"):
        request.perform("endorse", by=leader)
    if state == "consented":
        request.perform("consent", by=cast.strange_member if there else cast.member)
    if state == "refused":
        request.perform("refuse", by=leader, comment="Đã có người đi")
    if state == "withdrawn":
        request.perform("withdraw", by=officer)
    request.refresh_from_db()
    return request


def make_result(
    cast: Cast, visit: Visit | None = None, state: str = "draft", *, on: date | None = None, **typed
) -> VisitResult:
    """The result of ``visit`` in ``state`` (draft, submitted, returned, accepted), written on the day after its last day unless
    ``on`` says otherwise; every day ticked. The clock stays where it is."""
    visit = visit or make_visit(cast)
    with clock.at(_morning(on or visit.ends + timedelta(days=1))):
        result = VisitResult.objects.start(visit, by=visit.officer.powers)
        values = {
            "helped_before": "Góp ý kế hoạch, thống nhất phân công với Đoàn xã",
            "activity": "Chương trình tổ chức đúng kế hoạch, 120 đoàn viên tham gia",
            "review_after": "Họp rút kinh nghiệm với Ban Thường vụ đơn vị",
        } | typed
        result.write(by=visit.officer.powers, **values)
        if state != "draft":
            result.perform("submit", by=visit.officer)
        leader = leader_for(cast, visit)
        if state == "returned":
            result.perform("return", by=leader, comment="Bổ sung số liệu")
        if state == "accepted":
            result.perform("accept", by=leader)
    return result


def make_recommendation(
    cast: Cast, result: VisitResult | None = None, state: str = "noted", **more
) -> Recommendation:
    """A recommendation in ``state``: noted (its result is a draft), or open, in_progress, settled, passed_up, dropped."""
    result = result or make_result(cast)
    values = {
        "text": "Bổ sung kinh phí tập huấn cán bộ chi đoàn",
        "addressee": "province",
        "unit": result.visit.unit,
        "department": result.visit.department,
    } | more
    made = Recommendation.objects.create(result=result, **values)
    if state == "noted":
        return made
    with clock.at(_morning(result.visit.ends + timedelta(days=2))):
        if result.state == "draft":
            result.perform("submit", by=result.visit.officer)
        result.perform("accept", by=leader_for(cast, result.visit))
        made.refresh_from_db()
        leader = leader_for(cast, result.visit)
        verb = {"in_progress": "start", "settled": "settle", "passed_up": "pass_up", "dropped": "drop"}
        if state in verb:
            made.perform(verb[state], by=leader, comment="Đã có văn bản trả lời")
    return made


def make_quarter_report(
    cast: Cast, officer: User | None = None, quarter: Quarter | None = None, state: str = "draft"
) -> QuarterReport:
    """A quarter report in ``state``: draft, submitted, returned, accepted."""
    officer = officer or cast.officer
    quarter = quarter or make_quarter(cast)
    report = QuarterReport.objects.start(officer, quarter)
    report.write(by=officer.powers, self_assessment="Hoàn thành kế hoạch quý", not_carried_out="Không có")
    if state != "draft":
        report.perform("submit", by=officer, comment="Báo cáo" if report.must_explain("submit") else "")
    if state == "returned":
        report.perform("return", by=leader_for(cast, report), comment="Bổ sung")
    if state == "accepted":
        report.perform("accept", by=leader_for(cast, report))
    return report


def make_department_report(
    cast: Cast, state: str = "draft", quarter: Quarter | None = None
) -> DepartmentReport:
    """The report of Ban Phong trào in ``state``: draft, sent, returned, forwarded, noted; written and sent by its head."""
    quarter = quarter or make_quarter(cast)
    report = DepartmentReport.objects.start(quarter, cast.movement, by=cast.head.powers)
    report.write(by=cast.head.powers, good_points="Đi đúng kế hoạch", shortcomings="Kiến nghị còn ít")
    if state != "draft":
        report.perform("send", by=cast.head, comment="Một số đồng chí gửi sau")
    if state == "returned":
        report.perform("return", by=cast.results_desk, comment="Bổ sung minh chứng")
    if state in ("forwarded", "noted"):
        report.perform("forward", by=cast.results_desk)
    if state == "noted":
        report.perform("note", by=cast.member)
    return report


def make_annual_report(cast: Cast, state: str = "draft", version: str = "provisional", year: int = 2026):
    """The province's annual report in ``state``: draft, submitted, approved, sent; for a provisional one that is submitted the
    cut-off is today, where it lies ahead."""
    from reports.models import SECTIONS, AnnualReport

    make_quarter(cast, year)
    report = AnnualReport.objects.start(cast.province, year, version, by=cast.coordinator.powers)
    report.write(by=cast.coordinator.powers, **dict.fromkeys(SECTIONS, "Nội dung báo cáo"))
    if state != "draft":
        if version == "provisional":
            cut_off_by_today(cast, year)
        report.perform("submit", by=cast.coordinator)
    if state in ("approved", "sent"):
        report.perform("approve", by=cast.member)
    if state == "sent":
        report.perform(
            "send", by=cast.coordinator, number="120-BC/TĐTN", dated=clock.today(), sent_on=clock.today()
        )
    return report


def cut_off_by_today(cast: Cast, year: int = 2026) -> None:
    """Let the cut-off of the province's year be today, where it lies ahead: its provisional report can be submitted."""
    make_quarter(cast, year)
    rules = YearRule.objects.filter(province=cast.province, year=year, cut_off__gt=clock.today())
    rules.update(cut_off=clock.today())


def make_notice(cast: Cast, visit: Visit | None = None) -> HostNotice:
    """The notice of Ban Phong trào to the unit of ``visit``, composed by its head."""
    visit = visit or make_visit(cast)
    return HostNotice.objects.compose(
        visit.quarter, visit.department, visit.unit, by=leader_for(cast, visit).powers
    )


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(8)))
