"""Thái Nguyên today: the quarter that runs, mostly decided, and the next one, just opened for registration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from accounts import clock
from accounts.models import Province, User
from fieldvisits.models import OfficerPlan, Quarter, Verdict
from fieldvisits.workflow import VisitState

from .afterwards import Afterwards
from .people import SAMPLE, AdHoc, Script
from .runner import QuarterRun, moment
from .thai_nguyen import LEGAL_BASIS_NOW
from .waiting import just_over, leave_open

#: Earlier quarters of this year, in turn.
EARLIER = (
    Script(
        amended={"tn.thinh": "Đơn vị đề nghị lùi hai ngày."},
        not_done={"tn.duong": ("host", "Đơn vị tổ chức đại hội cùng ngày.")},
        adhoc=(AdHoc("tn.canbo", 40, 2, "XP-44", 2, "Hỗ trợ Tháng Thanh niên", "Công trình hoàn thành"),),
    ),
    Script(
        moved={"tn.phoban": "Trùng lịch tập huấn của tỉnh."},
        late={"tn.huong": "Đi công tác theo đoàn của tỉnh nên đăng ký chậm."},
        refused={"tn.hau": "Trùng thời gian tổng kết chiến dịch tình nguyện hè."},
    ),
    Script(
        returned={"tn.duong": "Bổ sung kết quả dự kiến của từng nội dung."},
        elsewhere={"tn.truonghoc": "Đơn vị cũ đang sáp nhập chi đoàn."},
        cancelled={"tn.kien": "Tham gia đoàn công tác của tỉnh."},
    ),
)
CURRENT = Script(
    left_returned={"tn.yen": "Chưa rõ đơn vị phối hợp; đề nghị bổ sung thời gian và kết quả dự kiến."},
    sent_back={"tn.hau": "Trùng thời gian phục vụ kỳ họp; đề nghị bố trí lại lịch."},
    struck={"tn.daumoi": "Trùng lịch kiểm tra của Ủy ban Kiểm tra Tỉnh đoàn."},
    refused={"tn.kien": "Trùng lịch Hội nghị Ban Chấp hành Tỉnh đoàn."},
    amended={"tn.phoban": "Đơn vị đề nghị lùi hai ngày."},
    absent={"tn.ketqua": "Nghỉ ốm từ đầu quý, nay đăng ký bổ sung."},
    reports_late=("tn.bithu",),
    sloppy={"tn.canbo": "Bổ sung số đoàn viên tham gia."},
    stuck_departments=("dk",),
    waiting_departments=("th",),
)
#: Where reports on the last quarter have stopped: officers by user name, departments by code.
UNFINISHED = {
    "tn.huong": "draft",
    "tn.hau": "submitted",
    "tn.duong": "returned",
    "dk": "draft",
    "th": "sent",
    "tg": "returned",
    "pt": "forwarded",
}
DUE_DATES = ("opens_on", "officer_due", "department_due", "committee_due")


def run(province: Province, people: dict[str, User], rule: Callable, delegate: Callable) -> Iterator[Quarter]:
    """Play this year's quarters up to the current one and open the next; each quarter as it is done."""
    today = clock.today()
    number = (today.month + 2) // 3
    following = (today.year, number + 1) if number < 4 else (today.year + 1, 1)
    for year in dict.fromkeys((today.year, following[0])):
        rule(province, year, LEGAL_BASIS_NOW)
    delegate(
        people,
        "tn.tuyengiao",
        "tn.thinh",
        today - timedelta(days=3),
        today + timedelta(days=11),
        "Trưởng ban đi cơ sở dài ngày tại xã Định Hóa (số liệu mẫu)",
    )
    played = list(zip(range(1, number), EARLIER, strict=False))
    for earlier, script in played:
        quarter = quarter_of(province, today.year, earlier)
        run = QuarterRun(quarter, people, script)
        run.run()
        Afterwards(run, clock.now(), UNFINISHED if earlier == played[-1][0] else None).play()
        yield quarter
    yield current(quarter_of(province, today.year, number), people)
    yield opened(quarter_of(province, *following), people)


def quarter_of(province: Province, year: int, number: int) -> Quarter:
    return Quarter.objects.select_related("province").get(province=province, year=year, number=number)


def current(quarter: Quarter, people: dict[str, User]) -> Quarter:
    """Four departments decided, one before the committee, one late at its desk; two supplements on their way."""
    # Early in a quarter the steps have not had their days yet: they, and the due dates, then lie as many days earlier.
    shift = max(0, 17 - (clock.today() - quarter.starts).days)
    if shift:
        for name in DUE_DATES:
            setattr(quarter, name, getattr(quarter, name) - timedelta(days=shift))
        quarter.save()
    run = QuarterRun(quarter, people, CURRENT, shift)
    run.run()
    send_again(run, people["tn.hau"])
    send_late(run, people["tn.ketqua"])
    with run.on(17, 8):
        meeting = run.start_meeting()
        first = quarter.visits.filter(department__code="th", state=VisitState.PLANNED).in_order().first()
        run.judge(meeting, first, Verdict.AGREE, "")
    over = just_over(run)
    Afterwards(run, clock.now(), spared={visit.pk for visit in over}).play()
    leave_open(run, over)
    return quarter


def send_again(run: QuarterRun, officer: User) -> None:
    """The plan the committee returned comes again with a supplement, which the coordinator returns to the department."""
    plan = OfficerPlan.objects.get(quarter=run.quarter, officer=officer)
    with run.on(15, 8):
        run.submit(plan)
    run.agree(plan, 15)
    paper = run.send([plan], 16, f"Bổ sung kế hoạch theo ý kiến của Thường trực {SAMPLE}.")
    with run.on(16, 15):
        paper.perform(
            "return", by=run.coordinator.powers, comment="Ghi rõ đơn vị phối hợp ở nội dung thứ hai."
        )


def send_late(run: QuarterRun, officer: User) -> None:
    """The officer who had nothing registers late; the supplement lies with the coordinator."""
    with run.on(15, 9):
        plan = run.draft(officer)
        run.submit(plan, run.script.absent[officer.username])
    run.agree(plan, 15)
    run.send([plan], 16, f"Bổ sung kế hoạch đăng ký chậm do nghỉ ốm {SAMPLE}.")


def opened(quarter: Quarter, people: dict[str, User]) -> Quarter:
    """Registration has begun a few days ago: a few have sent, one is drafting, most have nothing yet."""
    quarter.opens_on = min(quarter.opens_on, clock.today() - timedelta(days=4))
    quarter.save()
    run = QuarterRun(quarter, people, Script())
    run.open()
    yesterday = clock.today() - timedelta(days=1)
    with clock.at(moment(yesterday, 9, 20)):
        for name in ("tn.phoban", "tn.yen", "tn.daumoi"):
            run.submit(run.draft(people[name]))
    with clock.at(moment(yesterday, 14, 5)):
        plan = OfficerPlan.objects.get(quarter=quarter, officer=people["tn.yen"])
        plan.perform("endorse", by=people["tn.thinh"].powers)
        run.draft(people["tn.duong"])
    return quarter
