"""Thái Nguyên today: the quarter that runs, mostly decided, and the next one, just opened for registration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from accounts import clock
from accounts.models import Province, User
from fieldvisits.models import OfficerPlan, Quarter, Verdict, Visit
from fieldvisits.workflow import VisitState

from .people import Script
from .runner import QuarterRun, moment
from .thai_nguyen import LEGAL_BASIS_NOW

CURRENT = Script(
    left_returned={"tn.yen": "Chưa rõ đơn vị phối hợp; đề nghị bổ sung thời gian và kết quả dự kiến."},
    sent_back={"tn.hau": "Trùng thời gian phục vụ kỳ họp; đề nghị bố trí lại lịch."},
    struck={"tn.ketqua": "Trùng lịch kiểm tra của Ủy ban Kiểm tra Tỉnh đoàn."},
    refused={"tn.kien": "Trùng lịch Hội nghị Ban Chấp hành Tỉnh đoàn."},
    amended={"tn.phoban": "Đơn vị đề nghị lùi hai ngày."},
    stuck_departments=("dk",),
    waiting_departments=("th",),
)


def run(province: Province, people: dict[str, User], rule: Callable, delegate: Callable) -> Iterator[Quarter]:
    """Play the current quarter and open the next; each quarter as it is done."""
    today = clock.today()
    number = (today.month + 2) // 3
    following = (today.year, number + 1) if number < 4 else (today.year + 1, 1)
    for year in dict.fromkeys((today.year, following[0])):
        rule(province, year, LEGAL_BASIS_NOW)
    delegate(people, "tn.tuyengiao", "tn.thinh", today - timedelta(days=3), today + timedelta(days=11), "Trưởng ban đi cơ sở tại Định Hóa")  # fmt: skip
    yield current(_quarter(province, today.year, number), people)
    yield opened(_quarter(province, *following), people, today)


def _quarter(province: Province, year: int, number: int) -> Quarter:
    return Quarter.objects.select_related("province").get(province=province, year=year, number=number)


def current(quarter: Quarter, people: dict[str, User]) -> Quarter:
    """Four departments decided, one before the committee, one late at its desk."""
    # Early in a quarter the steps have not had their days yet: everything, due dates too, then lies as many days earlier.
    shift = max(0, 17 - (clock.today() - quarter.starts).days)
    if shift:
        for name in ("opens_on", "officer_due", "department_due", "committee_due"):
            setattr(quarter, name, getattr(quarter, name) - timedelta(days=shift))
        quarter.save()
    run = QuarterRun(quarter, people, CURRENT, shift)
    run.run()
    supplement(run, people)
    with run.on(17, 8):
        meeting = run.start_meeting()
        line = first_line_of(quarter, "th")
        run.judge(meeting, line, Verdict.AGREE, "")
    return quarter


def first_line_of(quarter: Quarter, code: str) -> Visit:
    return quarter.visits.filter(department__code=code, state=VisitState.PLANNED).in_order().first()


def supplement(run: QuarterRun, people: dict[str, User]) -> None:
    """The plan the committee returned comes again with a supplement, which the coordinator returns."""
    plan = OfficerPlan.objects.get(quarter=run.quarter, officer=people["tn.hau"])
    with run.on(15, 8):
        run.submit(plan)
    run.agree(plan, 15)
    paper = run.send([plan], 16, "Bổ sung kế hoạch của đồng chí Phó Chánh Văn phòng theo ý kiến Thường trực.")
    with run.on(16, 15):
        paper.perform(
            "return", by=run.coordinator.powers, comment="Ghi rõ đơn vị phối hợp ở nội dung thứ hai."
        )


def opened(quarter: Quarter, people: dict[str, User], today: date) -> Quarter:
    """Registration has begun a few days ago: a few have sent, one is drafting, most have nothing yet."""
    quarter.opens_on = min(quarter.opens_on, today - timedelta(days=4))
    quarter.save()
    run = QuarterRun(quarter, people, Script())
    run.open()
    yesterday = today - timedelta(days=1)
    with clock.at(moment(yesterday, 9, 20)):
        for name in ("tn.phoban", "tn.yen", "tn.daumoi"):
            run.submit(run.draft(people[name]))
    with clock.at(moment(yesterday, 14, 5)):
        plan = OfficerPlan.objects.get(quarter=quarter, officer=people["tn.yen"])
        plan.perform("endorse", by=people["tn.thinh"].powers)
        run.draft(people["tn.duong"])
    return quarter
